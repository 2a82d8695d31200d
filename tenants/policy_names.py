"""What policies are called, and the values of theirs that the code asks for."""

from typing import Final

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
AUDIT_KEPT: Final = "audit.kept"
#: Of `AUDIT_KEPT`: entries never go.
FOR_EVER: Final = "0"
ONE_PERSON, TWO_PEOPLE = "one", "two"
ANY_VISITOR: Final = "anyone"
PROVEN_VISITOR: Final = "proven"
#: From the loosest to the strictest: what an organisation, or a mode, asks of its people for one course.
NOT_ASKED, ASKED, CLOSES = "none", "asked", "closes"
