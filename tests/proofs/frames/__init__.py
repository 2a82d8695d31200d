"""`prove frames`: whatever is sent to a socket or to its fallback, nothing breaks and nothing piles up."""
