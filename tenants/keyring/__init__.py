"""The key ring: tenant keys and contact keys, wrapped, in a database of their own."""
