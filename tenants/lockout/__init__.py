"""Lock-out: after a few failed sign-ins a name is locked for a while, from wherever they came."""
