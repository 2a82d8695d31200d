"""The oldest entries of an audit trail go when their time is over, from the chain's beginning and never from within.

First an entry says what will go (`audit.expired`: up to which position, the hash of the last one, how many). When it is
sealed and held by an anchor outside the database, the database removes what it names (`expire_audit()`, which looks for
itself whether it may), and another entry says so (`audit.removed`). So the chain can be verified at every moment:
whoever goes along it begins behind what a checkpoint names. A step is bounded, and each goes its whole way before the
next begins.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from compliance import audit, audit_chain, audit_events
from compliance.anchoring.places import Folder
from compliance.disposal_lock import disposing
from compliance.models import IN_FORCE, AuditEntry, LegalHold
from compliance.verifier.entries import BrokenError
from tenants.actors import Actor
from tenants.keyring import skew
from tenants.models import PolicyChoice, Tenant
from tenants.policies import choices, value_of
from tenants.policy_names import AUDIT_KEPT, FOR_EVER
from tenants.scoping import current_tenant_id, tenant_scope

#: Entries that go at once: a second's work.
STEP: Final = 50_000
#: A checkpoint that lets go less than a step is made once a day, so that a quiet trail does not fill with them.
EVERY: Final = timedelta(hours=20)
#: A checkpoint stands for so long before what it names may go: the database asks for ten minutes.
STANDS: Final = timedelta(minutes=11)
#: Nothing goes by a choice before it has stood for so long: it can be taken back, and whoever looks sees it in time.
SETTLES: Final = timedelta(days=1)
#: How often a sealer that is at work is waited for, and for how long.
TRIES: Final = 20
PAUSE_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a chain begins: behind `position`, the last that has expired, of this hash; 0 while none has.

    `last_sealed_at`: when that one was sealed.
    """

    position: int
    hash: str
    last_sealed_at: datetime | None


def kept_days(tenant: Tenant, value: str | None = None) -> int | None:
    """Return how many days entries are kept, by what is in force or another choice; None: for as long as the
    organisation. Call it inside the tenant's scope.
    """
    days = value_of(tenant, AUDIT_KEPT, choices().get(AUDIT_KEPT) if value is None else value)
    return None if days == FOR_EVER else int(days)


def begin() -> Begin:
    """Return where the chain of the organisation in scope begins."""
    chain = current_tenant_id()
    with connection.cursor() as cursor:
        position, hashed = audit_chain.begin_of(cursor, chain)
    told = _checkpoints().filter(facts__position=position).order_by("-position").first() if position else None
    sealed_at = None if told is None else datetime.fromisoformat(told.facts["sealed_at"])
    return Begin(position, hashed.hex(), sealed_at)


def known_since(began_at: datetime) -> datetime | None:
    """Return from when on the trail tells of something that began then; None: from its beginning.

    Call it inside the tenant's scope.
    """
    last = begin().last_sealed_at
    return last if last is not None and last >= began_at else None


def expected(tenant: Tenant, *, at: datetime, value: str | None = None) -> int:
    """Return how many entries are past their time at an instant, by what is in force or another choice.

    Call it inside the tenant's scope.
    """
    days = kept_days(tenant, value)
    if days is None:
        return 0
    first = begin().position
    last = _last_before(at - timedelta(days=days), first)
    return 0 if last is None else (last.position or 0) - first


def is_held() -> bool:
    """Whether a legal hold is in force in the organisation in scope: then nothing of its trail goes."""
    return bool(LegalHold.objects.filter(IN_FORCE).exists())


def expire(
    tenant: Tenant, *, now: datetime, folder: Folder | None = None, pause: Callable[[float], None] = time.sleep
) -> int:
    """Remove what a checkpoint has told of and an anchor holds, then tell of what goes next; return how many went.

    With a clock that is wrong, while the chain is not known to be whole, or under a hold, nothing goes and nothing is
    told. Outside any scope.
    """
    if not skew.clock_is_right():
        return 0
    with tenant_scope(tenant):
        told = told_of()
    gone = 0 if told is None else _removed(tenant, told, folder or Folder(settings.AUDIT_ANCHORS), now, pause)
    with tenant_scope(tenant):
        disposing()
        if told_of() is None and not is_held() and _is_whole():
            _tell(Tenant.objects.get(id=tenant.id), now)
    return gone


def told_of() -> AuditEntry | None:
    """Return the newest checkpoint if what it names is still there; one that waits to be sealed counts."""
    newest: AuditEntry | None = _checkpoints().order_by("-at", "-id").first()
    return newest if newest is not None and newest.facts["position"] > begin().position else None


def _tell(tenant: Tenant, now: datetime) -> None:
    """Write what goes next, if there is something."""
    if (days := _days_that_stand(tenant, now)) is None:
        return
    first = begin().position
    last = _last_before(now - timedelta(days=days), first)
    if last is None or last.position is None:
        return
    count = min(last.position - first, STEP)
    newest = _checkpoints().order_by("-at", "-id").first()
    if count < STEP and newest is not None and newest.at > now - EVERY:
        return
    last = AuditEntry.objects.get(position=first + count)
    if last.sealed_at is not None:
        audit.record(
            Actor.system(), audit_events.AUDIT_EXPIRED, tenant, at=now, position=last.position, hash=last.hash,
            entries=count, days=days, sealed_at=last.sealed_at.isoformat(timespec="microseconds"),
        )  # fmt: skip


def _removed(tenant: Tenant, told: AuditEntry, folder: Folder, now: datetime, pause: Callable[[float], None]) -> int:
    """Let what a checkpoint names go, once it may."""
    stands = told.sealed_at is not None and told.sealed_at <= now - STANDS
    if not stands or not _is_anchored(tenant, told, folder):
        return 0
    for _ in range(TRIES):
        with tenant_scope(tenant):
            disposing()
            days = _days_that_stand(Tenant.objects.get(id=tenant.id), now)
            sealed_at = datetime.fromisoformat(told.facts["sealed_at"])
            if is_held() or not _is_whole() or days is None or sealed_at > now - timedelta(days=days):
                return 0
            if (gone := _by_the_database()) > 0:
                audit.record(
                    Actor.system(), audit_events.AUDIT_REMOVED, tenant, at=now, position=told.facts["position"],
                    entries=gone,
                )  # fmt: skip
            if gone >= 0:
                return gone
        pause(PAUSE_S)
    return 0


def _days_that_stand(tenant: Tenant, now: datetime) -> int | None:
    """Return how many days entries are kept; None: for ever, or until what was chosen just now has stood."""
    chosen = PolicyChoice.objects.filter(key=AUDIT_KEPT, changed_at__gt=now - SETTLES)
    return None if chosen.exists() else kept_days(tenant)


def _by_the_database() -> int:
    """Return how many went, 0 if another worker was quicker; -1 while a sealer is at the chain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT expire_audit()")
        return int(cursor.fetchone()[0])


def _is_anchored(tenant: Tenant, told: AuditEntry, folder: Folder) -> bool:
    """Whether an anchor outside holds the checkpoint, and the chain has the very entry that was anchored."""
    try:
        position, head = folder.state().heads.get(tenant.id.bytes, (0, b""))
    except (OSError, BrokenError):
        return False
    with tenant_scope(tenant):
        is_ours = AuditEntry.objects.filter(position=position, hash=head.hex()).exists()
    return told.position is not None and position >= told.position and is_ours


def _is_whole() -> bool:
    """Whether the last verification found nothing: of a chain that was tampered with nothing goes."""
    looked = AuditEntry.objects.filter(event__in=(audit_events.AUDIT_VERIFIED, audit_events.AUDIT_BROKEN))
    last = looked.order_by("-at", "-id").values_list("event", flat=True).first()
    return bool(last == audit_events.AUDIT_VERIFIED)


def _checkpoints() -> "QuerySet[AuditEntry]":
    rows: QuerySet[AuditEntry] = AuditEntry.objects.filter(event=audit_events.AUDIT_EXPIRED)
    return rows


def _last_before(instant: datetime, first: int) -> AuditEntry | None:
    """Return the last entry behind a position that was sealed before an instant.

    `sealed_at` never goes back along a chain, so halving finds it by a few rows, however long the chain is.
    """
    head = AuditEntry.objects.exclude(position=None).order_by("-position").values_list("position", flat=True).first()
    low, high, found = first, head or 0, None
    while low < high:
        middle = (low + high + 1) // 2
        entry: AuditEntry | None = AuditEntry.objects.filter(position=middle).first()
        if entry is None or entry.sealed_at is None:
            return None  # a gap: the chain is broken, and what is left of it stays
        if entry.sealed_at < instant:
            low, found = middle, entry
        else:
            high = middle - 1
    return found
