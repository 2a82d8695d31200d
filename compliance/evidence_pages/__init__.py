"""The page of evidence: how every control stands, and packs to take along."""
