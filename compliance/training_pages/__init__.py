"""The pages of training: one's own, the team's, and the courses that an organisation writes."""
