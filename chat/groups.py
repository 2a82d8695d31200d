"""Names of the channels that processes tell one another on: tenant-qualified, built from ids, here only."""

from functools import lru_cache
from typing import Final
from uuid import UUID

from helpdesk.core import names

# Every message is told by name; making one takes longer than finding it.
KEPT: Final = 20_000
_TEAM: Final = "team"
_END_OF_TEAM: Final = ":" + _TEAM


@lru_cache(maxsize=KEPT)
def conversation(tenant_id: UUID, conversation_id: UUID) -> str:
    """What is posted to one conversation."""
    return names.channel("chat", tenant_id, "conversation", conversation_id)


@lru_cache(maxsize=KEPT)
def team(tenant_id: UUID) -> str:
    """What changes in any conversation of an organisation: ids and states, for its members."""
    return names.channel("chat", tenant_id, _TEAM)


@lru_cache(maxsize=KEPT)
def presence(tenant_id: UUID) -> str:
    """Who of an organisation's team has come or gone, and that its queue has moved: for its visitors."""
    return names.channel("chat", tenant_id, "presence")


def is_team(channel: str) -> bool:
    """Whether that is the channel of an organisation's members."""
    return channel.endswith(_END_OF_TEAM)
