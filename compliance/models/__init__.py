from compliance.models.audit import AuditEntry
from compliance.models.job_run import JobKind, JobRun, JobState
from compliance.models.masking_revision import MaskingRevision
from compliance.models.retention import RecordClass, RetentionPolicy
from compliance.models.rule_set import RuleSet

__all__ = [
    "AuditEntry",
    "JobKind",
    "JobRun",
    "JobState",
    "MaskingRevision",
    "RecordClass",
    "RetentionPolicy",
    "RuleSet",
]
