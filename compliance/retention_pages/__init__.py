"""The page on which an organisation decides how long it keeps what."""
