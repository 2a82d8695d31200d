"""Files in conversations: told by their content, sealed in chunks, made anew where they can be, and kept in a store."""
