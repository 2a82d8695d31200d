"""Judge an audit trail: the service by its own rows, an auditor by an export, both with what is here.

The standard library alone, so that `one_file` can make of these modules the one file that an auditor runs.
"""
