"""What each role may do: one table, shown to owners as it stands here."""

from collections.abc import Mapping
from typing import Final

from django.db.models import TextChoices


class Role(TextChoices):
    """A membership's place in its organisation."""

    OWNER = "owner", "Owner"
    COMPLIANCE_OFFICER = "compliance", "Compliance officer"
    SUPERVISOR = "supervisor", "Supervisor"
    AGENT = "agent", "Agent"
    AUDITOR = "auditor", "Auditor"


class Capability(TextChoices):
    """One thing a member can be allowed to do."""

    READ_CONVERSATIONS = "conversations.read", "Read conversations"
    ANSWER_CONVERSATIONS = "conversations.answer", "Answer, take and resolve conversations"
    ASSIGN_CONVERSATIONS = "conversations.assign", "Assign conversations to others"
    BLOCK_VISITORS = "visitors.block", "Block visitors"
    INVITE_MEMBERS = "members.invite", "Invite colleagues"
    MANAGE_TEAMS = "teams.manage", "Make teams, and choose who belongs to them"
    MANAGE_SIGN_IN = "sign_in.manage", "Decide how colleagues sign in"
    MANAGE_WIDGET = "widget.manage", "Manage the widget and its sites"
    MANAGE_RETENTION = "retention.manage", "Decide how long chats are kept"
    PLACE_HOLDS = "holds.place", "Place legal holds, and release them by two"
    HANDLE_REQUESTS = "requests.handle", "Handle what visitors ask about their own data"
    MANAGE_MASKING = "masking.manage", "Decide what is masked, and review reports"
    MANAGE_INCIDENTS = "incidents.manage", "Keep the register of incidents"
    MANAGE_AGREEMENTS = "agreements.manage", "Record agreements, and their end"
    REVIEW_ACCESS = "access.review", "Review who has access, and sign for it"
    SWITCH_MODES = "modes.switch", "Switch HIPAA and PCI mode"
    EXPORT_CONVERSATIONS = "conversations.export", "Export conversations"
    MANAGE_KEYS = "keys.manage", "Manage keys, and close the organisation"
    GRANT_SUPPORT = "support.grant", "Let operators of the service look in"
    READ_AUDIT = "audit.read", "Read the audit trail"
    READ_TRAINING = "training.read", "See who is trained"
    MANAGE_COURSES = "courses.manage", "Write courses for colleagues"
    REQUEST_FORMS = "forms.request", "Ask visitors for secure forms, and read what they send"
    MANAGE_FORMS = "forms.manage", "Decide which secure forms there are"
    MANAGE_NOTICES = "notices.manage", "Write what visitors are told, and whom to ask to agree"


_AGENT: Final = frozenset(
    {
        Capability.READ_CONVERSATIONS,
        Capability.ANSWER_CONVERSATIONS,
        Capability.BLOCK_VISITORS,
        Capability.REQUEST_FORMS,
    }
)
_SUPERVISOR: Final = _AGENT | {
    Capability.ASSIGN_CONVERSATIONS,
    Capability.EXPORT_CONVERSATIONS,
    Capability.READ_TRAINING,
}

ROLE_CAPABILITIES: Final[Mapping[str, frozenset[Capability]]] = {
    Role.OWNER: frozenset(Capability),
    Role.COMPLIANCE_OFFICER: frozenset(
        {
            Capability.READ_AUDIT,
            Capability.MANAGE_RETENTION,
            Capability.PLACE_HOLDS,
            Capability.HANDLE_REQUESTS,
            Capability.MANAGE_MASKING,
            Capability.MANAGE_INCIDENTS,
            Capability.REVIEW_ACCESS,
            Capability.MANAGE_AGREEMENTS,
            Capability.READ_CONVERSATIONS,
            Capability.READ_TRAINING,
            Capability.MANAGE_COURSES,
            Capability.MANAGE_FORMS,
            Capability.MANAGE_NOTICES,
        }
    ),
    Role.SUPERVISOR: _SUPERVISOR,
    Role.AGENT: _AGENT,
    Role.AUDITOR: frozenset({Capability.READ_AUDIT, Capability.READ_TRAINING}),
}
