"""How often a visitor, and a member, may do what: the same over a socket and over HTTP."""

from typing import Final
from uuid import UUID

from chat.protocol.errors import CommandError, ErrorCode
from helpdesk.core.ratelimit import Limit

STARTS: Final = Limit("chat.start", burst=5, per_s=1 / 20)
STARTS_BY_ADDRESS: Final = Limit("chat.start_by_address", burst=30, per_s=1 / 5)
# Over HTTP counted in Valkey, for all processes; a socket counts in its own process (consumers.flood).
MESSAGES: Final = Limit("chat.message", burst=20, per_s=5)
CONSENTS: Final = Limit("chat.consent", burst=10, per_s=1 / 10)
ENDINGS: Final = Limit("chat.ending", burst=10, per_s=1 / 6)
TRANSCRIPTS: Final = Limit("chat.transcript", burst=3, per_s=1 / 1200)
CONTACTS: Final = Limit("chat.contact", burst=5, per_s=1 / 20)
QUEUES: Final = Limit("chat.queue", burst=10, per_s=1 / 3)
CARDS: Final = Limit("chat.card", burst=10, per_s=1 / 3)
READS: Final = Limit("chat.read", burst=20, per_s=1)
EXCHANGES_BY_ADDRESS: Final = Limit("chat.exchange_by_address", burst=120, per_s=20)
# What a member's socket may send (consumers.flood).
MEMBER_FRAMES: Final = Limit("chat.member_frame", burst=100, per_s=20)


def slow_down(limit: Limit, key: str, tenant_id: UUID | None) -> None:
    """Take one of an allowance.

    Raises:
        CommandError: It is used up; it says when there is more.
        redis.RedisError: Valkey does not answer.
    """
    if (wait_s := limit.wait_s(key, tenant_id)) > 0:
        raise CommandError(ErrorCode.TOO_FAST, retry_ms=int(wait_s * 1000) + 1)
