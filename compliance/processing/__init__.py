"""What is processed of whom, what for and for how long: one table of every column, and the record made of it."""
