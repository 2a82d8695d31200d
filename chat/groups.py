"""Names of the channels that processes tell one another on: tenant-qualified, built from ids, here only."""

from uuid import UUID


def conversation(tenant_id: UUID, conversation_id: UUID) -> str:
    """What is posted to one conversation."""
    return f"chat:{tenant_id}:conversation:{conversation_id}"


def team(tenant_id: UUID) -> str:
    """What changes in any conversation of an organisation: ids and states, for its members."""
    return f"chat:{tenant_id}:team"
