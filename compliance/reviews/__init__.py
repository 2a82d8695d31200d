"""Reviews of who has access: when one is due, what is looked at, who signs."""
