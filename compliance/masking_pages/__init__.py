"""The pages on which an organisation chooses what is masked, and tries it."""
