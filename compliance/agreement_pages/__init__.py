"""The page of agreements and sub-processors."""
