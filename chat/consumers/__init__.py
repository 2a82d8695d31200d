"""Sockets: frames in, events out. What is decided is decided by actions, selectors and disclosure."""
