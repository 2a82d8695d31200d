"""What somebody says of a contact, on its way in or out of the database. Never a row of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from chat.models.contact import DETAILS


@dataclass(frozen=True, slots=True, repr=False)
class ContactDetails:
    """Name, e-mail address and telephone number of a contact, readable.

    On its way in None leaves a detail as it is, and an empty text takes it away. On its way out None is unknown.
    `subject`, what the organisation's site calls them, is only on its way out.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    subject: str | None = None

    def given(self) -> Iterator[tuple[str, str]]:
        """Yield the details there are, by name."""
        for detail in DETAILS:
            if (text := getattr(self, detail)) is not None:
                yield detail, text

    def __bool__(self) -> bool:
        return any(text for _, text in self.given())
