"""The pages of the record of processing."""
