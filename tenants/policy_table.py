"""The policy table: what each setting is by default, and the floor that a mode puts under it.

A setting is one row of `POLICIES`; what enforces it asks `tenants.policies`. The floors of masking, which speak of
entities, stand in `compliance.modes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Mode = Literal["hipaa", "pci"]
MODES: Final[Mapping[Mode, str]] = {"hipaa": "HIPAA mode", "pci": "PCI mode"}

MASKING_PROFILE: Final = "masking.profile"
PLAINTEXT_EXPORT: Final = "export.plaintext"
BROWSER_OUTBOX: Final = "browser.outbox"
CONSENT: Final = "visitor.consent"
#: From the loosest to the strictest: the notice is shown, agreed to where the law may ask, agreed to by everyone.
TOLD, BY_LAW, BY_ALL = "told", "law", "everyone"
IDENTITY: Final = "visitor.identity"
ANYONE: Final = "anyone"
SIGNED_VISITOR: Final = "signed"
SESSION_IDLE: Final = "session.idle"
SESSION_LENGTH: Final = "session.length"
SESSIONS_AT_ONCE: Final = "session.at_once"
DEVICE_RULE: Final = "device.rule"
PLACE_RULE: Final = "place.rule"
PLACE_REQUIRED: Final = "required"
ANY_DEVICE: Final = "any"
ENROLLED_DEVICE: Final = "enrolled"
FACTOR_AGENTS: Final = "factor.agents"
FACTOR_OWNERS: Final = "factor.owners"
PASSWORD_LENGTH: Final = "password.length"  # noqa: S105 (the name of a setting, as below)
PASSWORD_COMPOSITION: Final = "password.composition"  # noqa: S105
PASSWORD_HISTORY: Final = "password.history"  # noqa: S105
LOCKOUT: Final = "sign_in.lockout"
MEMBER_UNUSED: Final = "member.unused"
#: Of `MEMBER_UNUSED`: nobody is deactivated.
NEVER: Final = "0"
ACCESS_REVIEW: Final = "access.review"
SUPPORT_ACCESS: Final = "support.access"
BREAK_GLASS: Final = "break_glass"
TRAINING_PCI: Final = "training.pci"
TRAINING_HIPAA: Final = "training.hipaa"
TRAINING_PHISHING: Final = "training.phishing"
TRAINING_PRIVACY: Final = "training.privacy"
RATING: Final = "visitor.rating"
#: Of `RATING`: nobody is asked.
RATING_OFF: Final = "off"
VISITOR_LINKS: Final = "visitor.links"
#: Of `VISITOR_LINKS`: none is mailed.
LINKS_OFF: Final = "0"
FORM_UNREAD: Final = "forms.unread"
FORM_HEALTH: Final = "forms.health"
FILE_KINDS: Final = "files.kinds"
ALL_FILES, NO_PICTURES, NO_FILES = "all", "documents", "none"
FILE_SIZE: Final = "files.size"
FILE_SCANNER: Final = "files.scanner"
#: Of `FILE_SCANNER`, where no scanner answers: what was made anew passes, all wait, all are refused.
REMADE_PASS, ALL_WAIT, ALL_REFUSED = "remade", "hold", "refuse"
FILE_TEXT: Final = "files.text"
#: Of `FILE_TEXT`: not looked at, refused where something was found, and besides where a page can't be read.
UNREAD, FOUND, READABLE = "unread", "found", "readable"
PROOF_LASTS: Final = "identity.lasts"
REQUESTS_BY: Final = "requests.decided_by"
ARCHIVE_LASTS: Final = "requests.archive"
ONE_PERSON, TWO_PEOPLE = "one", "two"
ANY_VISITOR: Final = "anyone"
PROVEN_VISITOR: Final = "proven"
#: From the loosest to the strictest: what an organisation, or a mode, asks of its people for one course.
NOT_ASKED, ASKED, CLOSES = "none", "asked", "closes"


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


POLICIES: Final[Mapping[str, Policy]] = {
    policy.key: policy
    for policy in (
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
        Policy(
            key=FORM_UNREAD,
            # Minutes.
            values={
                "30": "30 minutes",
                "15": "15 minutes",
                "10": "10 minutes",
                "5": "5 minutes",
                "2": "2 minutes",
            },
            default="5",
            floors={"hipaa": "15", "pci": "5"},
            clauses={"hipaa": "45 CFR 164.502(b)", "pci": "PCI DSS 3.2.1"},
            explanation="What a visitor sent by a secure form is destroyed when nobody has read it for",
            is_chosen=True,
        ),
        Policy(
            key=FORM_HEALTH,
            values={ANY_VISITOR: "Any visitor", PROVEN_VISITOR: "Visitors who have proven who they are"},
            default=ANY_VISITOR,
            floors={"hipaa": PROVEN_VISITOR},
            clauses={"hipaa": "45 CFR 164.312(d)"},
            explanation="Who can be asked for health data by a secure form",
            is_chosen=True,
        ),
        Policy(
            key=PROOF_LASTS,
            # Minutes.
            values={
                "120": "2 hours",
                "60": "1 hour",
                "30": "30 minutes",
                "15": "15 minutes",
                "10": "10 minutes",
                "5": "5 minutes",
            },
            default="30",
            floors={"hipaa": "15", "pci": "15"},
            clauses={"hipaa": "45 CFR 164.312(d)", "pci": "PCI DSS 8.2.8"},
            explanation="A visitor's proof of who they are counts for",
            is_chosen=True,
        ),
        Policy(
            key=FILE_KINDS,
            values={
                ALL_FILES: "Pictures, PDF and plain text",
                NO_PICTURES: "PDF and plain text, no pictures",
                NO_FILES: "No files",
            },
            default=ALL_FILES,
            # A photograph of a card can't be masked.
            floors={"pci": NO_PICTURES},
            clauses={"pci": "PCI DSS 3.2.1, 3.5.1"},
            explanation="Files that can be sent in a chat",
            is_chosen=True,
        ),
        Policy(
            key=FILE_SIZE,
            # Megabytes.
            values={size: f"{size} MB" for size in ("25", "10", "5", "2", "1")},
            default="10",
            floors={},
            clauses={},
            explanation="The largest file that can be sent",
            is_chosen=True,
        ),
        Policy(
            key=FILE_SCANNER,
            values={
                REMADE_PASS: "Pictures and plain text pass, since they are made anew; a PDF waits",
                ALL_WAIT: "Every file waits",
                ALL_REFUSED: "Every file is refused",
            },
            default=REMADE_PASS,
            floors={"hipaa": ALL_REFUSED, "pci": ALL_REFUSED},
            clauses={"hipaa": "45 CFR 164.308(a)(5)(ii)(B)", "pci": "PCI DSS 5.2.1, 5.3.2"},
            explanation="Files, while no virus scanner answers",
            is_chosen=True,
        ),
        Policy(
            key=FILE_TEXT,
            values={
                UNREAD: "Not looked at",
                FOUND: "Refused when it holds what would be masked, or can't be read",
                READABLE: "The same, and when one of its pages is a picture",
            },
            default=FOUND,
            floors={"hipaa": FOUND, "pci": READABLE},
            clauses={"hipaa": "45 CFR 164.502(b)", "pci": "PCI DSS 3.3.1, 3.5.1"},
            explanation="What is written in a text file or a PDF",
            is_chosen=True,
        ),
        Policy(
            key=RATING,
            values={"five": "1 to 5, and a comment", "thumbs": "Good or bad, and a comment", RATING_OFF: "Not asked"},
            default="thumbs",
            floors={},
            clauses={},
            explanation="How a visitor is asked whether it was good, when a conversation is over",
            is_chosen=True,
        ),
        Policy(
            key=VISITOR_LINKS,
            # Hours.
            values={"168": "7 days", "72": "3 days", "24": "24 hours", LINKS_OFF: "No link is mailed"},
            default="168",
            floors={"hipaa": "72", "pci": "72"},
            clauses={"hipaa": "45 CFR 164.312(a)(1), (d)", "pci": "PCI DSS 7.2.1"},
            explanation="A link to an answer or a transcript, mailed to a visitor who has left, is good for",
            is_chosen=True,
        ),
        Policy(
            key=REQUESTS_BY,
            values={ONE_PERSON: "One person", TWO_PEOPLE: "Two people"},
            default=ONE_PERSON,
            floors={"hipaa": TWO_PEOPLE, "pci": TWO_PEOPLE},
            clauses={"hipaa": "45 CFR 164.308(a)(4)(ii)(B), 164.312(c)(1)", "pci": "PCI DSS 7.2.2, 7.3.3"},
            explanation="What a visitor asks to be handed out, or erased, is decided by",
            is_chosen=True,
        ),
        Policy(
            key=ARCHIVE_LASTS,
            # Hours.
            values={"168": "7 days", "72": "3 days", "24": "24 hours"},
            default="168",
            floors={"hipaa": "24", "pci": "24"},
            clauses={"hipaa": "45 CFR 164.312(a)(1), (e)(1)", "pci": "PCI DSS 3.2.1, 7.2.1"},
            explanation="An archive that was put together for a visitor is kept to be handed over for",
            is_chosen=True,
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
        _course(
            TRAINING_HIPAA, "health data in chats", {"hipaa": CLOSES}, {"hipaa": "45 CFR 164.308(a)(5), 164.530(b)"}
        ),
        _course(TRAINING_PHISHING, "phishing and social engineering"),
        _course(TRAINING_PRIVACY, "privacy law"),
    )
}
SESSION_KEYS: Final = (SESSION_IDLE, SESSION_LENGTH, SESSIONS_AT_ONCE)
