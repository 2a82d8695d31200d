"""The demo's cast: people of two organisations, with passwords that stay the same for one data directory."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from itertools import count
from typing import Final

from django.conf import settings

from tenants.passwords.rules import Rules, unmet
from tenants.passwords.stolen import is_stolen
from tenants.roles import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Someone to sign in as. Password and second factor follow from the installation's secret key."""

    name: str
    email: str
    role: Role = Role.AGENT
    organisation: str = ""

    @property
    def slug(self) -> str:
        """What stands for their organisation in addresses."""
        return self.organisation.lower()

    @property
    def password(self) -> str:
        # One in a thousand looks like a stolen one to the judge; then the next is taken.
        return next(password for number in count() if is_fit(password := self._password(number)))

    def _password(self, number: int) -> str:
        letters = base64.b32encode(self._derived(f"password {number}")).decode().lower().rstrip("=")
        return "-".join(("demo", letters[:6], letters[6:12], letters[12:18]))

    @property
    def seed(self) -> bytes:
        """What an authenticator app is given: 160 bits (RFC 4226, section 4, R6)."""
        return self._derived("factor")[:20]

    @property
    def totp_secret(self) -> str:
        return base64.b32encode(self.seed).decode()

    def _derived(self, purpose: str) -> bytes:
        # Made anew by every start, so nothing has to be kept beside the data; another key gives other ones.
        told = f"hushdesk demo|{purpose}|{self.email}".encode()
        return hmac.new(settings.SECRET_KEY.encode(), told, hashlib.sha256).digest()


def is_fit(password: str) -> bool:
    """Whether a made password passes the judge; it holds no word of anybody's."""
    return not unmet(password, Rules()) and not is_stolen(password)


OLIVE: Final = Person("Olive", "olive@acme.example", Role.OWNER, "Acme")
SAM: Final = Person("Sam", "sam@acme.example", Role.SUPERVISOR, "Acme")
ADA: Final = Person("Ada", "ada@acme.example", Role.AGENT, "Acme")
GUSTAV: Final = Person("Gustav", "gustav@globex.example", Role.OWNER, "Globex")
MALLORY: Final = Person("Mallory", "mallory@globex.example", Role.AGENT, "Globex")
OPERATOR: Final = Person("Oscar", "operator@hushdesk.example")

OWNERS: Final = (OLIVE, GUSTAV)
PEOPLE: Final = (OLIVE, SAM, ADA, GUSTAV, MALLORY)
