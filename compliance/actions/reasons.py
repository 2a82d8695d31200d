"""Why something was done: asked for before acts that people have to answer for, and kept in the audit trail."""

from typing import Final

from compliance import surfaces
from compliance.ingest import ingest
from compliance.masking import MaskingPolicy
from compliance.rule_sets import RuleSetInForce

MAX_REASON: Final = 200


class ReasonMissingError(Exception):
    """This is not done without a reason that can be read later."""


def kept_reason(reason: str) -> str:
    """Return a reason as it is kept: one line, masked by every rule there is, for people write names and numbers.

    Raises:
        ReasonMissingError: It is empty.
    """
    cleaned = " ".join(reason.split())[:MAX_REASON]
    if not cleaned:
        raise ReasonMissingError
    # By every rule there is, whatever was chosen; and an operator's role may not number the organisation's rule sets.
    return ingest(cleaned, surface=surfaces.REASON, rule_set=RuleSetInForce(0, MaskingPolicy.named("all"))).text
