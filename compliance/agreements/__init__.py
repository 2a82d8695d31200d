"""Agreements of an organisation and the service's sub-processors: what is in force, what expires, who was told."""
