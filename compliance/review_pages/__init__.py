"""The page of access reviews."""
