"""The masking engine: finds what must not be stored in a chat text and puts placeholders there.

Plain Python, no Django, no network, no language model. Everything the product stores or shows
passes through `mask` first; only the engine makes a `MaskedText`.
"""

from compliance.masking.engine import mask
from compliance.masking.entities import CARD_CLASS, ENTITIES, OTHER
from compliance.masking.errors import (
    DetectorFailedError,
    ForgedMaskedTextError,
    MaskingError,
    RuleRefusedError,
)
from compliance.masking.findings import AGENT, VISITOR, Context, Finding, MaskedText, Utterance
from compliance.masking.policy import POLICY_NAMES, Level, MaskingPolicy
from compliance.masking.version import RULE_SET
from compliance.masking.window import WindowMasking, mask_conversation, mask_window, needs_window

__all__ = [
    "AGENT",
    "CARD_CLASS",
    "ENTITIES",
    "OTHER",
    "POLICY_NAMES",
    "RULE_SET",
    "VISITOR",
    "Context",
    "DetectorFailedError",
    "Finding",
    "ForgedMaskedTextError",
    "Level",
    "MaskedText",
    "MaskingError",
    "MaskingPolicy",
    "RuleRefusedError",
    "Utterance",
    "WindowMasking",
    "mask",
    "mask_conversation",
    "mask_window",
    "needs_window",
]
