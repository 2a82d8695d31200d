"""What is hidden, shown and agreed to in a chat, and who may write."""

from typing import Final

from tenants.policy_names import (
    ANYONE,
    BROWSER_OUTBOX,
    BY_ALL,
    BY_LAW,
    CONSENT,
    IDENTITY,
    MASKING_PROFILE,
    PLAINTEXT_EXPORT,
    SIGNED_VISITOR,
    TOLD,
)
from tenants.policy_rows.row import Policy

ROWS: Final = (
    Policy(
        key=MASKING_PROFILE,
        # "hipaa+pci" is stricter than either: it takes the stricter level of each entity.
        values={
            "default": "Cards, bank and identity numbers, passwords",
            "pci": "The same, cards and their codes more eagerly",
            "hipaa": "Everything that can identify a patient, contact data included",
            "hipaa+pci": "Everything that can identify a patient, and cards more eagerly",
        },
        default="default",
        floors={"hipaa": "hipaa", "pci": "pci"},
        clauses={"hipaa": "45 CFR 164.502(b), 164.514(b)(2)", "pci": "PCI DSS 3.3.1, 3.4.1, 3.5.1"},
        explanation="Masked before a message is stored",
        joined="hipaa+pci",
    ),
    Policy(
        key=PLAINTEXT_EXPORT,
        values={"allowed": "Allowed, and recorded", "refused": "Refused"},
        default="allowed",
        floors={"hipaa": "refused", "pci": "refused"},
        clauses={"hipaa": "45 CFR 164.312(a)(2)(iv)", "pci": "PCI DSS 3.4.2"},
        explanation="Export of conversations as readable text",
    ),
    Policy(
        key=BROWSER_OUTBOX,
        values={"tab": "In the tab, until it is closed", "memory": "In the page's memory alone"},
        default="tab",
        floors={"hipaa": "memory", "pci": "memory"},
        clauses={"hipaa": "45 CFR 164.310(d)(1)", "pci": "PCI DSS 3.3.1"},
        explanation="Where a browser keeps what it could not send yet, still unmasked",
    ),
    Policy(
        key=CONSENT,
        values={
            TOLD: "Shown to everyone; to go on writing is enough",
            BY_LAW: "Agreed to where the law may ask for it, or isn't known; shown to others",
            BY_ALL: "Agreed to by everyone",
        },
        default=BY_LAW,
        floors={"hipaa": BY_ALL},
        clauses={"hipaa": "45 CFR 164.520(c)"},
        explanation="Notice to visitors before their first message",
    ),
    Policy(
        key=IDENTITY,
        values={ANYONE: "Anyone", SIGNED_VISITOR: "Only visitors for whom your site vouches"},
        default=ANYONE,
        floors={},
        clauses={},
        explanation="Who may write in the chat",
    ),
)
