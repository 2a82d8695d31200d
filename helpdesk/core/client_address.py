"""Which address a request came from, behind trusted proxies only.

`X-Forwarded-For` is walked from the right past proxies named in TRUSTED_PROXIES; anything else in it is a claim.
"""

import ipaddress
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Addresses whose parts are kept in memory: each request asks for its own several times.
_REMEMBERED: Final = 4096


def client_address(request: HttpRequest) -> str:
    """Return the client's address, an IPv6 one without zone, a mapped IPv4 one as IPv4."""
    return resolve(request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def scope_address(scope: dict[str, Any]) -> str:
    """Return the client's address of an ASGI scope."""
    peer = (scope.get("client") or ("", 0))[0]
    headers = [value for name, value in scope.get("headers", ()) if name == b"x-forwarded-for"]
    return resolve(peer or "", b",".join(headers).decode("latin-1"))


def resolve(peer: str, forwarded_for: str) -> str:
    """Walk from the peer leftwards through the forwarded addresses while each hop is a trusted proxy."""
    here = _parse(peer)
    if here is None:
        return "0.0.0.0"  # noqa: S104 (an unknown peer, such as a unix socket; not an address to bind)
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not _is_trusted(here):
            break
        before = _parse(hop)
        if before is None:
            break
        here = before
    return str(here)


def is_operators_place(request: HttpRequest) -> bool:
    """Whether a request comes from where operators may come from; where no network is named, from anywhere."""
    address = _parse(client_address(request))
    named = _networks(tuple(settings.OPERATOR_ADDRESSES))
    return not named or (address is not None and any(address in network for network in named))


@lru_cache(maxsize=_REMEMBERED)
def bucket(address: str) -> str:
    """Return what to count an address by: an IPv4 address itself, the /64 network of an IPv6 one."""
    parsed = _parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address


def is_proxy(peer: str) -> bool:
    """Whether a peer is one of the proxies that are believed."""
    address = _parse(peer)
    return address is not None and _is_trusted(address)


def _is_trusted(address: Address) -> bool:
    return any(address in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@cache
def _networks(names: Iterable[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(name, strict=False) for name in names)


@lru_cache(maxsize=_REMEMBERED)
def _parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
