"""One-time codes and how little is said of where they go. Pure, but for the key of the service."""

import hmac
import re
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.utils.crypto import salted_hmac

DIGITS: Final = 8
CODE_LASTS: Final = timedelta(minutes=10)
_CODE: Final = re.compile(rf"[0-9]{{{DIGITS}}}")
_SPACES: Final = re.compile(r"[\s-]")
HIDDEN: Final = "•••"


def new_code() -> str:
    """Return eight digits, at random."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def hashed(code: str, *, tenant_id: UUID, request_id: UUID) -> bytes:
    """Return what is kept of a code: HMAC-SHA256, different for each request, so that it is good for none besides."""
    return salted_hmac("chat.identity.code", f"{tenant_id}|{request_id}|{code}", algorithm="sha256").digest()


def is_code(given: str, kept: bytes, *, tenant_id: UUID, request_id: UUID) -> bool:
    """Whether what was typed is the code of which a hash was kept, spaces and hyphens left out."""
    code = plain(given)
    is_one = _CODE.fullmatch(code) is not None
    return hmac.compare_digest(hashed(code if is_one else "", tenant_id=tenant_id, request_id=request_id), kept)


def plain(given: str) -> str:
    """Return what was typed, without what people put between digits."""
    return _SPACES.sub("", given)


def shown(code: str) -> str:
    """Return a code as people read it: two groups of four."""
    return f"{code[:4]} {code[4:]}"


def hint_of(address: str) -> str:
    """Return what may be said of an address to whoever sits at the visitor's browser: "v•••@e•••.com"."""
    local, _, domain = address.rpartition("@")
    host, _, end = domain.rpartition(".")
    return f"{local[:1]}{HIDDEN}@{host[:1]}{HIDDEN}.{end}" if host else f"{local[:1]}{HIDDEN}@{HIDDEN}"
