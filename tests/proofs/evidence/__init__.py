"""Evidence is the same bytes whatever came after, and what was changed in it is found, offline."""
