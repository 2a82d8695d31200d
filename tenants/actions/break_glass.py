"""Codes by which an owner gets in from anywhere for an hour, where the address rule would keep everyone out."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from tenants.actors import Actor
from tenants.mail import Mail
from tenants.mail_owners import mail_owners
from tenants.models import AddressWaiver, BreakGlassCode, Membership, Tenant
from tenants.permissions import require
from tenants.roles import Capability
from tenants.signals import announce

CODES: Final = 5
#: Crockford's base 32: nothing in it is mistaken for something else when read from paper.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Of 5 bits each: 120, which a plain hash may be kept of (NIST SP 800-63B, section 5.1.2.2: 112 or more).
LENGTH: Final = 24
GROUP: Final = 4
OPEN_FOR: Final = timedelta(minutes=60)
_MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


class WrongBreakGlassCodeError(Exception):
    """It is none of the organisation's codes, or was used before."""


@transaction.atomic
def make_codes(*, actor: Membership, now: datetime) -> list[str]:
    """Make five codes in place of those that are left, and return them as they are shown, this once.

    Raises:
        NotPermittedError: The member may not decide how colleagues sign in.
    """
    require(actor, Capability.MANAGE_SIGN_IN)
    Tenant.objects.select_for_update(no_key=True).get(id=actor.tenant_id)
    BreakGlassCode.objects.filter(used_at=None).delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    BreakGlassCode.objects.bulk_create(
        BreakGlassCode(tenant_id=actor.tenant_id, code_hash=_hash(actor.tenant_id, code), made_at=now)
        for code in codes
    )  # fmt: skip
    announce("break_glass.codes_made", actor=Actor.member(actor), subject=actor, at=now, codes=CODES)
    return ["-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP)) for code in codes]


@transaction.atomic
def break_glass(*, code: str, actor: Membership, session_id: UUID, now: datetime) -> AddressWaiver:
    """Use up a code: for an hour the address rule does not matter to one session of an owner. All owners are mailed.

    Raises:
        NotPermittedError: The member is none who decides how colleagues sign in.
        WrongBreakGlassCodeError: It is no code, or no longer.
    """
    require(actor, Capability.MANAGE_SIGN_IN)
    use_up(code, actor.tenant_id, now=now)
    waiver: AddressWaiver
    waiver, _ = AddressWaiver.objects.update_or_create(
        tenant_id=actor.tenant_id, session_id=session_id, defaults={"membership": actor, "until": now + OPEN_FOR}
    )
    AddressWaiver.objects.filter(until__lte=now).delete()
    left = codes_left()
    announce("break_glass.used", actor=Actor.member(actor), subject=actor, at=now, codes_left=left)
    facts = {"name": actor.user.name, "left": "None is left." if not left else f"{left} are left."}
    transaction.on_commit(partial(mail_owners, actor.tenant, Mail.BREAK_GLASS, **facts), robust=True)
    return waiver


def use_up(code: str, tenant_id: UUID, *, now: datetime) -> None:
    """Use up one of the codes of the organisation in scope.

    Raises:
        WrongBreakGlassCodeError: It is no code, or no longer.
    """
    unused = BreakGlassCode.objects.filter(code_hash=_hash(tenant_id, _normal(code)), used_at=None)
    if unused.update(used_at=now) != 1:
        raise WrongBreakGlassCodeError


def codes_left() -> int:
    """Return how many codes of the organisation in scope were not used yet."""
    return BreakGlassCode.objects.filter(used_at=None).count()


def _normal(text: str) -> str:
    return text.strip().upper().translate(_MISREAD)


def _hash(tenant_id: UUID, code: str) -> bytes:
    return hashlib.sha256(b"break-glass|" + tenant_id.bytes + code.encode()).digest()
