"""The pages of the register of incidents."""
