"""`prove durability`: whatever is killed, what was acknowledged is there, once, in the same order for everyone."""
