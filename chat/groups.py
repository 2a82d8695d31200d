"""Names of the channels that processes tell one another on: tenant-qualified, built from ids, here only."""

from uuid import UUID

from helpdesk.core import names


def conversation(tenant_id: UUID, conversation_id: UUID) -> str:
    """What is posted to one conversation."""
    return names.channel("chat", tenant_id, "conversation", conversation_id)


def team(tenant_id: UUID) -> str:
    """What changes in any conversation of an organisation: ids and states, for its members."""
    return names.channel("chat", tenant_id, "team")
