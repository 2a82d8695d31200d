"""Django's own backend for PostgreSQL, with a short way for what opens and closes transactions (`base`)."""
