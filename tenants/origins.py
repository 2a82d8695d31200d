"""Origins of web pages, in the one form browsers send them: scheme, host, and a port that is not the usual one."""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

MAX_LENGTH: Final = 255
LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")
USUAL_PORT: Final = {"https": 443, "http": 80}


class BadOriginError(ValueError):
    """The text is no origin on which a widget may run; the message says why, for a person."""


def normal_origin(text: str) -> str:
    """Return an origin such as `https://www.example.com` or `http://shop.localhost:8000`.

    What people paste, a page's whole address, is cut to its origin. Plain HTTP is for localhost only: elsewhere
    anyone on the way could read along.

    Raises:
        BadOriginError: It is no such origin.
    """
    text = text.strip()
    # urlsplit() drops line breaks, and so would join what stands on both sides of one.
    if any(letter.isspace() or not letter.isprintable() for letter in text):
        raise BadOriginError("This is not the address of a site.")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        raise BadOriginError("This is not the address of a site.") from None
    if parts.username is not None or parts.password is not None:
        raise BadOriginError("The address must not hold a user name.")
    if not _is_host(host):
        raise BadOriginError("This is not the address of a site.")
    is_local = host == "localhost" or host.endswith(".localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise BadOriginError("The site must start with https://. Only localhost may use http://.")
    origin = f"{parts.scheme}://{host}" + ("" if port in (None, USUAL_PORT[parts.scheme]) else f":{port}")
    if len(origin) > MAX_LENGTH:
        raise BadOriginError("This address is too long.")
    return origin


def _ascii_host(host: str) -> str:
    return host.rstrip(".").encode("idna").decode("ascii").lower() if host else ""


def _is_host(host: str) -> bool:
    """A name with a dot, or localhost; no address by number and no wildcard."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        return all(map(LABEL.match, labels)) and (len(labels) > 1 or host == "localhost")
    return False
