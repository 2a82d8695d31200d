"""How people sign in: factors, sessions, devices, places, passwords."""

from typing import Final

from tenants.policy_names import (
    ANY_DEVICE,
    DEVICE_RULE,
    ENROLLED_DEVICE,
    FACTOR_AGENTS,
    FACTOR_OWNERS,
    LOCKOUT,
    PASSWORD_COMPOSITION,
    PASSWORD_HISTORY,
    PASSWORD_LENGTH,
    PLACE_REQUIRED,
    PLACE_RULE,
    SESSION_IDLE,
    SESSION_LENGTH,
    SESSIONS_AT_ONCE,
)
from tenants.policy_rows.row import Policy

ROWS: Final = (
    Policy(
        key=FACTOR_AGENTS,
        values={"optional": "Up to each agent", "required": "Required"},
        default="required",
        floors={"hipaa": "required", "pci": "required"},
        clauses={"hipaa": "45 CFR 164.312(d)", "pci": "PCI DSS 8.4.2"},
        explanation="Second factor of agents; everyone else needs one in any case",
        is_chosen=True,
    ),
    Policy(
        key=FACTOR_OWNERS,
        values={"any": "A passkey, an authenticator app or a backup code", "passkey": "A passkey"},
        default="any",
        floors={"hipaa": "any", "pci": "passkey"},
        clauses={"hipaa": "45 CFR 164.312(d)", "pci": "PCI DSS 8.4.1, 8.5.1"},
        explanation="Second factor of owners",
        is_chosen=True,
    ),
    Policy(
        key=SESSION_IDLE,
        # Minutes.
        values={
            "480": "8 hours",
            "240": "4 hours",
            "60": "1 hour",
            "30": "30 minutes",
            "15": "15 minutes",
            "5": "5 minutes",
        },
        default="480",
        floors={"hipaa": "15", "pci": "15"},
        clauses={"hipaa": "45 CFR 164.312(a)(2)(iii)", "pci": "PCI DSS 8.2.8"},
        explanation="A screen is locked when nothing was done on it for",
        is_chosen=True,
    ),
    Policy(
        key=SESSION_LENGTH,
        # Hours.
        values={"720": "30 days", "168": "7 days", "24": "24 hours", "12": "12 hours", "8": "8 hours"},
        default="12",
        floors={"hipaa": "12", "pci": "12"},
        clauses={"hipaa": "45 CFR 164.312(a)(2)(iii)", "pci": "PCI DSS 8.2.8"},
        explanation="Whoever is signed in signs in anew after",
        is_chosen=True,
    ),
    Policy(
        key=SESSIONS_AT_ONCE,
        values={"0": "Any number", "10": "10", "5": "5", "3": "3", "1": "1"},
        default="0",
        floors={"hipaa": "3", "pci": "3"},
        clauses={"hipaa": "45 CFR 164.312(a)(2)(i)", "pci": "PCI DSS 8.2.1"},
        explanation="Browsers one person may be signed in from at once; the oldest is signed out",
        is_chosen=True,
    ),
    Policy(
        key=DEVICE_RULE,
        values={ANY_DEVICE: "Any browser", ENROLLED_DEVICE: "Browsers that an owner has approved"},
        default=ANY_DEVICE,
        # Of address rule and this, each mode wants one, whichever (`PLACE_RULE`).
        floors={},
        clauses={},
        explanation="Which browsers may be used",
    ),
    Policy(
        key=PLACE_RULE,
        values={"optional": "Neither has to be limited", PLACE_REQUIRED: "One of the two has to be limited"},
        default="optional",
        floors={"hipaa": PLACE_REQUIRED, "pci": PLACE_REQUIRED},
        clauses={"hipaa": "45 CFR 164.310(b), (c)", "pci": "PCI DSS 7.3.1"},
        explanation="From which networks, or with which browsers, people may come",
    ),
    Policy(
        key=PASSWORD_LENGTH,
        values={"10": "10 characters", "12": "12 characters", "14": "14 characters", "16": "16 characters"},
        default="12",
        floors={"hipaa": "12", "pci": "12"},
        clauses={"hipaa": "45 CFR 164.308(a)(5)(ii)(D)", "pci": "PCI DSS 8.3.6"},
        explanation="A new password has at least",
        is_chosen=True,
    ),
    Policy(
        key=PASSWORD_COMPOSITION,
        # Not to be chosen: NIST SP 800-63B advises against it, PCI DSS asks for it.
        values={"free": "Any characters", "letter_and_digit": "At least one letter and one digit"},
        default="free",
        floors={"hipaa": "free", "pci": "letter_and_digit"},
        clauses={"hipaa": "45 CFR 164.308(a)(5)(ii)(D)", "pci": "PCI DSS 8.3.6"},
        explanation="What a new password is made of",
    ),
    Policy(
        key=PASSWORD_HISTORY,
        values={"1": "the present one", "4": "the last 4", "8": "the last 8"},
        default="4",
        floors={"hipaa": "4", "pci": "4"},
        clauses={"hipaa": "45 CFR 164.308(a)(5)(ii)(D)", "pci": "PCI DSS 8.3.7"},
        explanation="A new password differs from",
        is_chosen=True,
    ),
    Policy(
        key=LOCKOUT,
        # Tries, and minutes.
        values={
            "10/15": "10 failed tries, for 15 minutes",
            "6/30": "6 failed tries, for 30 minutes",
            "4/60": "4 failed tries, for an hour",
        },
        default="6/30",
        floors={"hipaa": "6/30", "pci": "6/30"},
        clauses={"hipaa": "45 CFR 164.308(a)(5)(ii)(C)", "pci": "PCI DSS 8.3.4"},
        explanation="Signing in is locked after",
        is_chosen=True,
    ),
)
