"""The words in which each column of the database says what it holds of people, and where the apps put their tables.

One table says it all of a column: of whom it is, what for, what kind of data, how long it stays, and, where it holds
words that are neither masked nor sealed as texts, why (GDPR, article 30; tests/architecture/test_columns.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices

from compliance.models import RecordClass
from tenants.models import Tenant


class Persons(TextChoices):
    """Of whom data is (GDPR, article 30(1)(c))."""

    VISITORS = "visitors", "Visitors of your sites"
    MEMBERS = "members", "Members of your organisation"
    OPERATORS = "operators", "Operators of the service"
    NOBODY = "nobody", "Nobody"


class Purpose(TextChoices):
    """What data is processed for (GDPR, article 30(1)(b))."""

    ANSWER = "answer", "Answer visitors in the chat"
    KNOW = "know", "Know who a visitor is, where that is asked"
    INFORM = "inform", "Tell visitors what is done with their data, and ask them to agree"
    FORMS = "forms", "Take what is sensitive by secure forms"
    RETURN = "return", "Come back to visitors who have left"
    QUALITY = "quality", "Learn what visitors thought of it"
    PROTECT = "protect", "Hide what must not be kept, and find where that failed"
    ADMIT = "admit", "Let the right people in, and nobody else"
    WORK = "work", "Share the work among members"
    TEACH = "teach", "Train members"
    PROVE = "prove", "Prove what was done, and by whom"
    KEEP = "keep", "Keep, hold and erase as law and organisation ask"
    RIGHTS = "rights", "Answer what people ask about their own data"
    SEAL = "seal", "Seal what is stored, and keep the keys"
    SUPPORT = "support", "Let operators help, where the organisation agrees"
    SETTINGS = "settings", "Run the chat as the organisation has chosen"


class Category(TextChoices):
    """What kind of data it is (GDPR, article 30(1)(c))."""

    CONTENT = "content", "What was said, answered and sent"
    CONTACT = "contact", "Name, e-mail address, telephone number"
    KNOWN_AS = "known_as", "Ids by which somebody is known"
    SECRET = "secret", "What somebody signs in or proves themselves by"
    DEVICE = "device", "Browser, device, network address, and site"
    DEED = "deed", "What somebody did or chose, and when"
    FOUND = "found", "What was hidden: kinds and places, never values"
    NONE = "none", "No personal data"


class Kept(TextChoices):
    """How long what no retention policy speaks of is kept."""

    ORGANISATION = "organisation", "As long as the organisation"
    TRAIL = "trail", "As long as is chosen for the audit trail"
    ACCOUNT = "account", "As long as the person's account"
    SESSION = "session", "Until the session ends"
    SPENT = "spent", "Until it is used, taken back or has run out; some days more at most"
    DAY = "day", "A day"
    TURNED = "turned", "Until the key is turned or destroyed"


@dataclass(frozen=True, slots=True)
class Held:
    """What a column holds. `plain`: why words in it are neither masked nor sealed as a text."""

    category: Category
    plain: str = ""

    def __call__(self, plain: str) -> "Held":
        """Return the same for a column that can hold words, with the reason."""
        return Held(self.category, plain)


VISITORS: Final = Persons.VISITORS
MEMBERS: Final = Persons.MEMBERS
OPERATORS: Final = Persons.OPERATORS
NOBODY: Final = Persons.NOBODY

CONTENT: Final = Held(Category.CONTENT)
CONTACT: Final = Held(Category.CONTACT)
KNOWN_AS: Final = Held(Category.KNOWN_AS)
SECRET: Final = Held(Category.SECRET)
DEVICE: Final = Held(Category.DEVICE)
DEED: Final = Held(Category.DEED)
FOUND: Final = Held(Category.FOUND)
NONE: Final = Held(Category.NONE)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one model: of whom, what for, how long, and its columns, by names with spaces between them.

    `also`: of whom they are besides, as of the member who answered. Neither the id of a row nor its organisation is a
    column here.
    """

    model: str
    of: Persons
    purpose: Purpose
    kept: RecordClass | Kept
    columns: Mapping[str, Held]
    also: tuple[Persons, ...] = ()

    def each(self) -> Iterator[tuple[str, Held]]:
        """Yield each column with what it holds, as often as it is named."""
        for names, held in self.columns.items():
            for name in names.split():
                yield name, held


#: Given an organisation in scope, to whom data goes besides; each a recipient and what they get.
Recipients = Callable[[Tenant], Iterable[tuple[str, str]]]

_tables: Final[dict[str, tuple[Rows, ...]]] = {}
_recipients: Final[list[Recipients]] = []


def register(app: str, rows: tuple[Rows, ...], recipients: Recipients | None = None) -> None:
    """Let an app's table stand in the record; an app above this one is not named here."""
    if app not in _tables and recipients is not None:
        _recipients.append(recipients)
    _tables[app] = rows


def every_row() -> tuple[Rows, ...]:
    """Return the whole table, in the order of models' names."""
    return tuple(sorted((one for rows in _tables.values() for one in rows), key=lambda one: one.model))


def recipients_of_apps(tenant: Tenant) -> list[tuple[str, str]]:
    """Return to whom apps above hand data of an organisation. Call it inside its scope."""
    return [one for told in _recipients for one in told(tenant)]
