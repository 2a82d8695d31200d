"""The pages where an organisation writes and publishes what its visitors are told."""
