"""Where an organisation's endpoint may be, and a connection to it that goes nowhere else.

The address is of the organisation's choosing, and the request comes from inside our network, so it could be made to
reach what only we can reach (CWE-918). Therefore: https alone, a name or address that is public, resolved once and
that very address dialled (a second look-up could answer otherwise), no redirects, no proxies.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass
from functools import cache
from typing import Final, Self
from urllib.parse import urlsplit

from django.conf import settings

from chat.models.form_endpoint import MAX_ADDRESS

HTTPS: Final = 443
#: Beside 443: what needs no privilege to listen on. Below are mail, directories and the like.
FIRST_FREE: Final = 1024
RESOLVERS: Final = 4
#: As an address is written (RFC 3986, appendix A), without `#`: nothing that two readers could read differently.
_LETTERS: Final = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
#: Networks that carry addresses of others in them: translated and tunnelled (RFC 6052, 3056, 4380).
_CARRIERS: Final = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))
)

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadAddressError(ValueError):
    """It is no address that an endpoint may have."""


class NotPublicError(Exception):
    """The name leads to an address that is not a public one."""


class UnknownHostError(Exception):
    """The name leads nowhere at present."""


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """An endpoint's address, taken apart. `path` with its query."""

    host: str
    port: int
    path: str
    is_secure: bool = True

    @classmethod
    def of(cls, text: str) -> Self:
        """Return an address as it is written.

        Raises:
            BadAddressError: It is none, or not one that may be.
        """
        if not 0 < len(text) <= MAX_ADDRESS or not _LETTERS.fullmatch(text):
            raise BadAddressError
        try:
            parts = urlsplit(text)
            port, host = parts.port, parts.hostname or ""
        except ValueError:
            raise BadAddressError from None
        if not host or parts.username is not None or parts.password is not None:
            raise BadAddressError
        is_here = settings.FORM_RECEIVERS_HERE and host in _LOOPBACK
        if parts.scheme != "https" and not (is_here and parts.scheme == "http"):
            raise BadAddressError
        port = port or (HTTPS if parts.scheme == "https" else http.client.HTTP_PORT)
        if not is_here and not _may_be(host, port):
            raise BadAddressError
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(host, port, path, parts.scheme == "https")

    def dialled(self, *, until: float) -> "PinnedConnection":
        """Return a connection, not yet open, to the one address that the name leads to now; `until`: monotonic seconds.

        Raises:
            NotPublicError: One of its addresses is not public; then none is tried.
            UnknownHostError: It has none, or that can't be said in time.
        """
        found = resolved(self.host, self.port, until - time.monotonic())
        if not (settings.FORM_RECEIVERS_HERE and self.host in _LOOPBACK) and not all(map(is_public, found)):
            raise NotPublicError
        return PinnedConnection(self, found[0], until)


class PinnedConnection(http.client.HTTPConnection):
    """A connection to an address that was looked at, whatever its name leads to by now, with the name's certificate."""

    def __init__(self, to: PublicAddress, ip: Ip, until: float) -> None:
        super().__init__(to.host, to.port)
        self._to, self._ip, self._until = to, ip, until
        self.default_port = HTTPS if to.is_secure else http.client.HTTP_PORT

    def connect(self) -> None:
        self.sock = socket.create_connection((str(self._ip), self._to.port), timeout=self.left_s)
        self.sock.settimeout(self.left_s)
        if self._to.is_secure:
            # It closes what it was given when it fails.
            self.sock = tls().wrap_socket(self.sock, server_hostname=self._to.host)

    @property
    def left_s(self) -> float:
        """Seconds that are left, and never none, which would mean to wait for ever."""
        return max(self._until - time.monotonic(), 0.001)


@cache
def tls() -> ssl.SSLContext:
    """Return what certificates are checked by: the authorities that this machine trusts."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def is_public(ip: Ip) -> bool:
    """Whether an address is one of the public internet, and carries none that is not."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(ip.ipv4_mapped)
        if ip.scope_id is not None or any(ip in carrier for carrier in _CARRIERS):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def resolved(host: str, port: int, timeout_s: float) -> Sequence[Ip]:
    """Return all addresses of a name, as they are now.

    Raises:
        UnknownHostError: There is none, or that can't be said in time.
    """
    try:
        found = _resolvers().submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(timeout_s)
        addresses = [ipaddress.ip_address(each[4][0]) for each in found]
    except (OSError, LateError, UnicodeError, ValueError):
        raise UnknownHostError from None
    if not addresses:
        raise UnknownHostError
    return addresses


@cache
def _resolvers() -> ThreadPoolExecutor:
    # A look-up has no time limit of its own.
    return ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolver")


def _may_be(host: str, port: int) -> bool:
    if port != HTTPS and port < FIRST_FREE:
        return False
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        # A name. One of numbers alone is read as an address by some resolvers: 127.1, 2130706433, 0x7f.1.
        labels = host.rstrip(".").split(".")
        return len(labels) > 1 and not (labels[-1].isdigit() or labels[-1].startswith("0x"))
