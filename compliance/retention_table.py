"""The retention table: what each class of records is, what its time counts from, and what a mode holds.

How long is up to the organisation (`RetentionPolicy`); what is in force says `compliance.retention`. A class without a
choice of its own follows the class named in `otherwise`, or else goes with its conversation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from compliance.models import RecordClass
from tenants.policy_rows.row import Mode

#: Days. Nothing is asked for less than one, and a hundred years are as good as for ever.
MIN_KEEP_DAYS: Final = 1
MAX_KEEP_DAYS: Final = 36_500
YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class ClassRule:
    """One class. `at_most`: days under a mode. `decided`: modes under which there has to be a choice."""

    record_class: RecordClass
    explanation: str
    counted_from: str
    without: str
    otherwise: RecordClass | None = None
    at_most: Mapping[Mode, int] = field(default_factory=dict)
    decided: frozenset[Mode] = frozenset()
    clauses: Mapping[Mode, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptRule:
    """Records that no choice shortens: what they are, how long they stay, and why."""

    name: str
    kept: str
    why: str


RETENTION: Final[Mapping[RecordClass, ClassRule]] = {
    rule.record_class: rule
    for rule in (
        ClassRule(
            RecordClass.CONVERSATION,
            "What was said, with everything that hangs on it: findings, answers, files and notes. Whoever has no "
            "conversation left goes too, with their details, the index they are found by, their sessions and the key "
            "that sealed it all.",
            counted_from="the last message, or the resolution if that is later",
            without="kept until you erase them",
            # An organisation that shall keep card data for no longer than it is needed says how long that is.
            at_most={"pci": YEAR},
            decided=frozenset({"hipaa", "pci"}),
            clauses={"hipaa": "45 CFR 164.310(d)(2)(i)", "pci": "PCI DSS 3.2.1"},
        ),
        ClassRule(
            RecordClass.CONTACT,
            "People who opened the chat and wrote nothing: a browser's session and a key.",
            counted_from="they were last seen",
            without="as long as conversations",
            otherwise=RecordClass.CONVERSATION,
        ),
        ClassRule(
            RecordClass.FORM,
            "That a secure form was asked for, and how it ended. What was written in it is never stored.",
            counted_from="its end",
            without="until their conversation goes",
        ),
        ClassRule(
            RecordClass.PROOF,
            "That a visitor was asked to prove who they are, what for, and how it went. Codes are never stored.",
            counted_from="its end",
            without="until their conversation goes",
        ),
        ClassRule(
            RecordClass.RATING,
            "What visitors said of a conversation that is over: a value, and a comment if they liked.",
            counted_from="it was given, or changed last",
            without="until their conversation goes",
        ),
        ClassRule(
            RecordClass.LINK,
            "That a visitor was mailed a link to an answer or a transcript; the link itself is kept as a hash.",
            counted_from="the link ran out",
            without="until their conversation goes",
        ),
        ClassRule(
            RecordClass.REPORT,
            "What colleagues said that masking missed, or hid without need: shapes, never values.",
            counted_from="the decision",
            without="until their conversation goes",
        ),
        ClassRule(
            RecordClass.RECEIPT,
            "That a visitor was shown a notice or agreed, where a newer receipt of theirs exists. The newest stays as "
            "long as the visitor does.",
            counted_from="it was given",
            without="until their visitor goes",
        ),
    )
}

#: What retention leaves alone.
KEPT: Final = (
    KeptRule(
        "Notices, settings and training records", "As long as the organisation.",
        "They show what visitors were told and what was in force: 45 CFR 164.316(b)(2)(i), 164.530(j).",
    ),
    KeptRule(
        "Mails", "Not kept: a mail holds a link and nothing that was said.", "There is no copy that would have to go.",
    ),
)  # fmt: skip
