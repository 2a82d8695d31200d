"""Operators' pages. Organisations and people are listed as a whole, everything else for one organisation at a time.

Organisations and people belong to `tenants`, but what operators change of them is audited, so it is done here.
"""

from compliance.admin.organisations import OrganisationAdmin
from compliance.admin.people import PersonAdmin
from compliance.admin.records import AuditEntryAdmin, JobRunAdmin, MaskingRevisionAdmin, RuleSetAdmin

__all__ = ["AuditEntryAdmin", "JobRunAdmin", "MaskingRevisionAdmin", "OrganisationAdmin", "PersonAdmin", "RuleSetAdmin"]
