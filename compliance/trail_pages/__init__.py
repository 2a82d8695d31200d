"""The pages of the audit trail: for owners, compliance officers and auditors."""
