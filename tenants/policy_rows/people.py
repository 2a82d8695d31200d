"""People over time: what they did, unused memberships, reviews, operators who look in, courses."""

from collections.abc import Mapping
from typing import Final

from tenants.policy_names import (
    ACCESS_REVIEW,
    ASKED,
    AUDIT_KEPT,
    BREAK_GLASS,
    CLOSES,
    FOR_EVER,
    MEMBER_UNUSED,
    NEVER,
    NOT_ASKED,
    SUPPORT_ACCESS,
    TRAINING_HIPAA,
    TRAINING_PCI,
    TRAINING_PHISHING,
    TRAINING_PRIVACY,
)
from tenants.policy_rows.row import Mode, Policy


def _course(
    key: str, about: str, floors: Mapping[Mode, str] | None = None, clauses: Mapping[Mode, str] | None = None
) -> Policy:
    return Policy(
        key=key,
        values={
            NOT_ASKED: "Nobody has to",
            ASKED: "Everyone it is for, by a date; nothing closes",
            CLOSES: "Everyone it is for; without it the workspace is closed",
        },
        default=NOT_ASKED,
        floors=floors or {},
        clauses=clauses or {},
        explanation=f"A course each year on {about}",
        is_chosen=True,
    )


ROWS: Final = (
    Policy(
        key=AUDIT_KEPT,
        # Days. A longer time is the stricter one.
        values={
            "180": "6 months",
            "365": "1 year",
            "730": "2 years",
            "1095": "3 years",
            "2190": "6 years",
            "2555": "7 years",
            "3650": "10 years",
            FOR_EVER: "As long as the organisation",
        },
        default="2190",
        floors={"hipaa": "2190", "pci": "365"},
        clauses={"hipaa": "45 CFR 164.316(b)(2)(i)", "pci": "PCI DSS 10.5.1"},
        explanation="Entries of the audit trail are kept for",
    ),
    Policy(
        key=MEMBER_UNUSED,
        # Days.
        values={NEVER: "Never"} | {days: f"{days} days" for days in ("365", "180", "90", "60", "30")},
        default=NEVER,
        floors={"hipaa": "90", "pci": "90"},
        clauses={"hipaa": "45 CFR 164.308(a)(3)(ii)(C)", "pci": "PCI DSS 8.2.6"},
        explanation="Whoever has not used the organisation is deactivated after",
        is_chosen=True,
    ),
    Policy(
        key=ACCESS_REVIEW,
        # Days.
        values={"365": "A year", "180": "Six months", "90": "Three months"},
        default="180",
        floors={"hipaa": "180", "pci": "180"},
        clauses={"hipaa": "45 CFR 164.308(a)(4)(ii)(C)", "pci": "PCI DSS 7.2.4"},
        explanation="Who has access is reviewed, person by person, and signed for, after",
        is_chosen=True,
    ),
    Policy(
        key=SUPPORT_ACCESS,
        values={"consent": "An owner's consent", BREAK_GLASS: "An owner's consent and a break-glass code"},
        default="consent",
        floors={"hipaa": BREAK_GLASS, "pci": BREAK_GLASS},
        clauses={"hipaa": "45 CFR 164.312(a)(2)(ii)", "pci": "PCI DSS 8.2.7"},
        explanation="An operator of the service may look into chats with",
        is_chosen=True,
    ),
    _course(TRAINING_PCI, "card data in chats", {"pci": CLOSES}, {"pci": "PCI DSS 12.6.3, 12.6.3.1, 12.6.3.2"}),
    _course(TRAINING_HIPAA, "health data in chats", {"hipaa": CLOSES}, {"hipaa": "45 CFR 164.308(a)(5), 164.530(b)"}),
    _course(TRAINING_PHISHING, "phishing and social engineering"),
    _course(TRAINING_PRIVACY, "privacy law"),
)
