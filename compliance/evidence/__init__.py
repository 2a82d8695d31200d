"""Evidence packs: what the audit trail proves of a period, the same bytes whenever it is built (docs/evidence.md)."""
