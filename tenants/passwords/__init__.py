"""What a new password must be: one judge for every way to one, a history, and a list of stolen ones."""
