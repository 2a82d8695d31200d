"""How often a visitor may do what: the same over a socket and over HTTP."""

from typing import Final

from helpdesk.core.ratelimit import Limit

STARTS: Final = Limit("chat.start", burst=5, per_s=1 / 20)
STARTS_BY_ADDRESS: Final = Limit("chat.start_by_address", burst=30, per_s=1 / 5)
# Over HTTP counted in Valkey, for all processes; a socket counts in its own process (consumers.flood).
MESSAGES: Final = Limit("chat.message", burst=20, per_s=5)
READS: Final = Limit("chat.read", burst=20, per_s=1)
EXCHANGES_BY_ADDRESS: Final = Limit("chat.exchange_by_address", burst=120, per_s=20)
