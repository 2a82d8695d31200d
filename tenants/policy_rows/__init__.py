"""The rows of the policy table, by what they are about."""
