"""Where text comes in. A new surface joins by a line here and a driver in `prove canaries`, which is red without."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from compliance.masking import AGENT, VISITOR, MaskingPolicy


@dataclass(frozen=True, slots=True)
class Surface:
    """One way in. `by` is whose words come that way; `masks`: what the organisation chose, cards alone, or all."""

    name: str
    by: str
    masks: Literal["choice", "cards", "all"] = "choice"

    def policy_of(self, policy: MaskingPolicy) -> MaskingPolicy:
        """Return what is masked here, of what the organisation masks."""
        if self.masks == "all":
            return MaskingPolicy.named("all")
        return _card_class_only(policy) if self.masks == "cards" else policy


SURFACES: Final[dict[str, Surface]] = {}


def _surface(name: str, by: str, masks: Literal["choice", "cards", "all"] = "choice") -> Surface:
    return SURFACES.setdefault(name, Surface(name, by, masks))


VISITOR_MESSAGE: Final = _surface("visitor's message", VISITOR)
AGENT_MESSAGE: Final = _surface("agent's message", AGENT)
NOTE: Final = _surface("note", AGENT)
SUBJECT: Final = _surface("subject", AGENT)
CANNED_RESPONSE: Final = _surface("canned response", AGENT)
PROOF_SCOPE: Final = _surface("scope of a proof", AGENT)
PRE_CHAT_LABEL: Final = _surface("label of a pre-chat field", AGENT)
PRE_CHAT_ANSWER: Final = _surface("pre-chat answer", VISITOR)
RATING_COMMENT: Final = _surface("comment on a conversation", VISITOR)
PAGE: Final = _surface("page address", VISITOR)
REFERRER: Final = _surface("referrer", VISITOR)
FILE_NAME: Final = _surface("file name", VISITOR)
# Never stored masked: a file that holds what would be masked is refused.
FILE_TEXT: Final = _surface("text of a file", VISITOR)
# Sealed and shown whole, or no one could be reached; a card number in one never is.
CONTACT_FIELD: Final = _surface("name, e-mail or phone", VISITOR, "cards")
# Of people, organisations and settings: kept readable, so one that had to be masked is refused.
# Why an operator did something: read by the organisation and by operators.
REASON: Final = _surface("operator's reason", AGENT, "all")
# What was found out about an incident, and what is to be done; kept sealed.
INCIDENT_LINE: Final = _surface("line of an incident", AGENT, "all")
INCIDENT_NOTE: Final = _surface("note of an incident", AGENT, "all")
# Why a member forbade to erase something; kept sealed.
HOLD_REASON: Final = _surface("reason of a legal hold", AGENT, "all")
# What a visitor asks about their own data; and what members note of it, kept when the visitor is gone.
REQUEST_WORDS: Final = _surface("words of a data request", VISITOR)
REQUEST_NOTE: Final = _surface("note of a data request", AGENT, "all")
PLAIN_NAME: Final = _surface("readable name", AGENT)


@lru_cache(maxsize=256)
def _card_class_only(policy: MaskingPolicy) -> MaskingPolicy:
    return policy.for_typed_fields()
