"""What a row of the policy table says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Mode = Literal["hipaa", "pci"]
MODES: Final[Mapping[Mode, str]] = {"hipaa": "HIPAA mode", "pci": "PCI mode"}


@dataclass(frozen=True, slots=True)
class Policy:
    """One setting. `values` run from the loosest to the strictest, each with its words; floors are among them.

    `joined` is in force where each mode wants something that the other's value does not give. `is_chosen`: whether
    an organisation may choose at its page "Sign-in"; other settings have places of their own, or none.
    """

    key: str
    values: Mapping[str, str]
    default: str
    floors: Mapping[Mode, str]
    clauses: Mapping[Mode, str]
    explanation: str
    joined: str = ""
    is_chosen: bool = False

    def strictness(self, value: str) -> int:
        return list(self.values).index(value)
