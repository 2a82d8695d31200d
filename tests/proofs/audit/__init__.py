"""`prove audit`: what is done to the trail behind its back is found, and nothing is done or shown without an entry."""
