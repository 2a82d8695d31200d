from compliance.models.agreement import Agreement, AgreementKind, SubProcessor, SubProcessorNotice
from compliance.models.anchor import AnchorKey
from compliance.models.audit import AuditEntry
from compliance.models.control import ControlRun, ServiceControl
from compliance.models.evidence import EvidencePack, EvidencePart, PackFault, PackState
from compliance.models.incident import Decision, Incident, IncidentCause, IncidentRecord, IncidentState
from compliance.models.incident_parts import FoundBy, IncidentClock, IncidentContact, IncidentLine, LineKind
from compliance.models.job_run import UNDER_WAY, JobKind, JobNote, JobRun, JobState
from compliance.models.legal_hold import IN_FORCE, HoldKind, HoldState, LegalHold
from compliance.models.masking_revision import MaskingRevision
from compliance.models.mode import ModeCertificate, ModeName, ModeSwitch, PolicyStanding, SwitchEnd
from compliance.models.notice import LawRegion, NoticeDraft, NoticeOrigin, NoticeSetting, NoticeVersion
from compliance.models.operators import OperatorEntry, OperatorReset
from compliance.models.proposal import OPEN, ProposalOrigin, ProposalState, RuleSetProposal
from compliance.models.restore_drill import DrillFault, RestoreDrill
from compliance.models.retention import RecordClass, RetentionPolicy
from compliance.models.review import AccessReview, AccessReviewLine, LineDecision
from compliance.models.rule_set import RuleSet
from compliance.models.subject_request import (
    OPEN_REQUEST,
    ExtensionReason,
    Identity,
    RefusalReason,
    RequestKind,
    RequestRegime,
    RequestState,
    RequestStep,
    SubjectRequest,
)
from compliance.models.support import SupportEnd, SupportGrant, SupportState
from compliance.models.trail_view import TrailView
from compliance.models.training import OwnCourse, OwnCourseVersion, TrainingRecord, TrainingStep

__all__ = [
    "IN_FORCE",
    "OPEN",
    "OPEN_REQUEST",
    "UNDER_WAY",
    "AccessReview",
    "AccessReviewLine",
    "Agreement",
    "AgreementKind",
    "AnchorKey",
    "AuditEntry",
    "ControlRun",
    "Decision",
    "DrillFault",
    "EvidencePack",
    "EvidencePart",
    "ExtensionReason",
    "FoundBy",
    "HoldKind",
    "HoldState",
    "Identity",
    "Incident",
    "IncidentCause",
    "IncidentClock",
    "IncidentContact",
    "IncidentLine",
    "IncidentRecord",
    "IncidentState",
    "JobKind",
    "JobNote",
    "JobRun",
    "JobState",
    "LawRegion",
    "LegalHold",
    "LineDecision",
    "LineKind",
    "MaskingRevision",
    "ModeCertificate",
    "ModeName",
    "ModeSwitch",
    "NoticeDraft",
    "NoticeOrigin",
    "NoticeSetting",
    "NoticeVersion",
    "OperatorEntry",
    "OperatorReset",
    "OwnCourse",
    "OwnCourseVersion",
    "PackFault",
    "PackState",
    "PolicyStanding",
    "ProposalOrigin",
    "ProposalState",
    "RecordClass",
    "RefusalReason",
    "RequestKind",
    "RequestRegime",
    "RequestState",
    "RequestStep",
    "RestoreDrill",
    "RetentionPolicy",
    "RuleSet",
    "RuleSetProposal",
    "ServiceControl",
    "SubProcessor",
    "SubProcessorNotice",
    "SubjectRequest",
    "SupportEnd",
    "SupportGrant",
    "SupportState",
    "SwitchEnd",
    "TrailView",
    "TrainingRecord",
    "TrainingStep",
]
