"""Forms of accounts and organisations: what was typed, checked and brought into one form."""
