"""E-mail addresses, in the one form they are kept and compared in."""

import unicodedata
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

MAX_LENGTH: Final = 254


class BadAddressError(ValueError):
    """The text is no e-mail address we can send to."""


def normal_email(text: str) -> str:
    """Return an address in lower case, its domain in ASCII (IDNA).

    Letters that only look like others never compare equal: before the `@` only ASCII is taken, and a domain with
    other letters becomes its `xn--` form.

    Raises:
        BadAddressError: It is not an address.
    """
    local, at, domain = unicodedata.normalize("NFKC", text.strip()).rpartition("@")
    try:
        address = f"{local}@{domain.rstrip('.').encode('idna').decode('ascii')}".lower() if at else ""
        validate_email(address)
    except (UnicodeError, ValidationError):
        raise BadAddressError from None
    if len(address) > MAX_LENGTH:
        raise BadAddressError
    return address
