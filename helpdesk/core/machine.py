"""What a request tells of the machine it comes from, beside its cookie."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from django.conf import settings
from django.http import HttpRequest

from helpdesk.core.client_address import bucket, client_address, is_proxy, scope_address

#: Set by a proxy that has checked a client's certificate: SHA-256 of it, in hexadecimal.
CERTIFICATE_HEADER: Final = "X-Client-Cert-SHA256"
#: The same as WSGI names it.
_CERTIFICATE_META: Final = "HTTP_X_CLIENT_CERT_SHA256"
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Machine:
    """`address`: on the network. `looks`: a digest of its network and its browser's name, by which a cookie that was
    carried to another machine is noticed. `certificate`: the fingerprint of the client's certificate, or nothing."""

    address: str = ""
    looks: str = ""
    certificate: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        told = request.META  # not `request.headers`, which are made when they are first asked for: each page asks this
        return cls._told(
            told.get("REMOTE_ADDR", ""),
            client_address(request),
            told.get("HTTP_USER_AGENT", ""),
            told.get(_CERTIFICATE_META, ""),
        )

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any]) -> Self:
        """Return that of an ASGI scope."""
        headers = {name.decode("latin-1").title(): value.decode("latin-1") for name, value in scope.get("headers", ())}
        peer = (scope.get("client") or ("", 0))[0] or ""
        claimed = headers.get(CERTIFICATE_HEADER.title(), "")
        return cls._told(peer, scope_address(dict(scope)), headers.get("User-Agent", ""), claimed)

    @classmethod
    def _told(cls, peer: str, address: str, browser: str, claimed: str) -> Self:
        looks = hashlib.sha256(f"{bucket(address)}|{browser}".encode()).hexdigest()[:32]
        return cls(address, looks, _certificate(peer, claimed))


#: Where nothing is known of it.
NO_MACHINE: Final = Machine()


def _certificate(peer: str, claimed: str) -> str:
    """Return the fingerprint that a trusted proxy names; a claim of anybody else's is none."""
    if not settings.CLIENT_CERTIFICATES or not is_proxy(peer):
        return ""
    told = claimed.replace(":", "").lower()
    return told if _FINGERPRINT.fullmatch(told) else ""
