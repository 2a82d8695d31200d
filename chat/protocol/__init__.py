"""The wire: what clients may send, what the server sends, and what processes tell one another."""
