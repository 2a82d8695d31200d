"""Operators' pages. Organisations and people are listed as a whole, everything else for one organisation at a time.

Organisations and people belong to `tenants`, but what operators change of them is audited, so it is done here.
"""

from compliance.admin.controls import ControlRunAdmin, ServiceControlAdmin
from compliance.admin.operators import OperatorEntryAdmin, OperatorResetAdmin
from compliance.admin.organisations import OrganisationAdmin
from compliance.admin.people import PersonAdmin
from compliance.admin.records import AuditEntryAdmin, MaskingRevisionAdmin, RuleSetAdmin
from compliance.admin.restore_drill import RestoreDrillAdmin
from compliance.admin.stored import IncidentAdmin, JobRunAdmin, RuleSetProposalAdmin
from compliance.admin.subprocessors import SubProcessorAdmin
from compliance.admin.support import SupportGrantAdmin

__all__ = [
    "AuditEntryAdmin",
    "ControlRunAdmin",
    "IncidentAdmin",
    "JobRunAdmin",
    "MaskingRevisionAdmin",
    "OperatorEntryAdmin",
    "OperatorResetAdmin",
    "OrganisationAdmin",
    "PersonAdmin",
    "RestoreDrillAdmin",
    "RuleSetAdmin",
    "RuleSetProposalAdmin",
    "ServiceControlAdmin",
    "SubProcessorAdmin",
    "SupportGrantAdmin",
]
