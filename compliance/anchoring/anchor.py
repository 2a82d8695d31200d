"""Make an anchor: sign a root over the heads of all chains and keep it; raise an alarm where that does not go.

Acts go on and sealing goes on whatever becomes of it. A place that is away is caught up with later: the next anchor
covers all that was sealed meanwhile, and what a bucket has missed is read from the folder.
"""

import logging
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction

from compliance import audit, audit_chain, audit_events
from compliance.anchoring import keys
from compliance.anchoring.places import Bucket, Folder, PlaceError
from compliance.breach.raising import raise_incident
from compliance.controls import noting
from compliance.models import AnchorKey, IncidentCause, OperatorEntry
from compliance.verifier.anchors import Anchors, canonical, signed_part
from compliance.verifier.entries import BrokenError
from compliance.verifier.trees import leaf, root
from tenants.kms import KeyProviderError
from tenants.models import Tenant
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

#: PCI DSS v4.0.1, 10.7: that a control has failed is noticed.
MOST_LAG_S: Final = 60
#: Of what a bucket has missed, at a time.
CAUGHT_UP: Final = 200

#: Which control of `compliance.controls` an alarm stands for; another's `what` is a chain.
CONTROLLED: Final = {"folder": "anchor", "bucket": "bucket", "sealer": "seal", "chain": "heads"}

Heads = dict[bytes, tuple[int, bytes]]


def anchor(*, now: datetime, folder: Folder | None = None, bucket: Bucket | None = None) -> int:
    """Make one anchor and keep it in every place; return its number, 0 if none was made. One process at a time."""
    folder = folder or Folder(settings.AUDIT_ANCHORS)
    with transaction.atomic():
        if not _is_first():
            return 0
        key = keys.newest(now=now)
        _watch_sealer(key, now)
        number = _into_folder(folder, key, now)
        _into_bucket(folder, bucket, key, now)
    return number


def _is_first() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('audit anchor', 0))")
        return bool(cursor.fetchone()[0])


def _into_folder(folder: Folder, key: AnchorKey, now: datetime) -> int:
    try:
        state = folder.state()
        heads, rewritten = advanced(state.heads, audit_chain.heads())
        line = line_after(state, heads, key, is_whole=not folder.is_begun(now.date()), now=now)
        folder.append(now.date(), line)
    except (OSError, BrokenError, KeyProviderError) as error:
        raise_alarm(key, "folder", type(error).__name__, now)
        return 0
    end_alarm(key, "folder", now)
    if rewritten:
        if not _is_raised("chain"):
            _tell_organisations(rewritten, now)
        raise_alarm(key, "chain", f"{len(rewritten)} rewritten", now, chain=UUID(bytes=rewritten[0]))
    else:
        end_alarm(key, "chain", now)
    return state.number + 1


def _into_bucket(folder: Folder, bucket: Bucket | None, key: AnchorKey, now: datetime) -> None:
    try:
        if (place := bucket or Bucket.connect()) is None:
            return
        newest = place.newest(folder.state().number)
        for done, (number, line) in enumerate(folder.after(newest)):
            if done == CAUGHT_UP:
                break
            place.put(number, line, now=now)
    except (OSError, BrokenError, PlaceError) as error:
        raise_alarm(key, "bucket", type(error).__name__, now)
    else:
        end_alarm(key, "bucket", now)


def advanced(before: Heads, found: dict[UUID, tuple[int, bytes]]) -> tuple[Heads, list[bytes]]:
    """Return all heads as they are to be anchored, and the chains that went back or were written anew.

    Of those the head that was anchored before stays: a verifier then finds what became of the chain.
    """
    heads, rewritten = dict(before), []
    for chain, (position, head) in found.items():
        known = before.get(chain.bytes, (0, b""))
        if position < known[0] or (position == known[0] and head != known[1]):
            rewritten.append(chain.bytes)
        else:
            heads[chain.bytes] = (position, head)
    gone = before.keys() - {chain.bytes for chain in found}
    return heads, sorted({*rewritten, *gone})


def line_after(state: Anchors, heads: Heads, newest: AnchorKey, *, is_whole: bool, now: datetime) -> bytes:
    """Return the anchor that follows what a folder has, signed.

    A new key is named by the former one first, which makes that anchor.

    Raises:
        KeyProviderError: The provider does not give the key.
    """
    public = state.next_key or state.key or newest.public
    signer = newest if public == newest.public else AnchorKey.objects.filter(public=public).first()
    signer = signer or newest
    told = heads if is_whole else {chain: head for chain, head in heads.items() if state.heads.get(chain) != head}
    line: dict[str, Any] = {
        "v": 1,
        "number": state.number + 1,
        "at": now.isoformat(),
        "size": len(heads),
        "root": root([leaf(chain, *heads[chain]) for chain in sorted(heads)]).hex(),
        "prior": state.line_hash,
        "whole": is_whole,
        "key": signer.public,
        "heads": [[str(UUID(bytes=chain)), position, head.hex()] for chain, (position, head) in sorted(told.items())],
    }
    if signer is not newest:
        line["next_key"] = newest.public
    return canonical(line | {"signature": keys.sign(signer, signed_part(line)).hex()})


def _watch_sealer(key: AnchorKey, now: datetime) -> None:
    waits_s = max(((now - since).total_seconds() for since in audit_chain.waiting().values()), default=0)
    if waits_s > MOST_LAG_S:
        raise_alarm(key, "sealer", f"{int(waits_s)} s behind", now)
    else:
        end_alarm(key, "sealer", now)


def raise_alarm(key: AnchorKey, what: str, why: str, now: datetime, **facts: UUID) -> None:
    """Tell operators, once until it is over: in their trail and in the log; the watch over controls, each time."""
    if what in CONTROLLED:
        noting.note(CONTROLLED[what], None, why, now=now)
    if _is_raised(what):
        return
    audit.record_of_operators(None, audit_events.AUDIT_ALARM, key, at=now, what=what, why=why, **facts)
    logger.error("alarm of the audit trail", extra={"what": what, "reason": why})


def end_alarm(key: AnchorKey, what: str, now: datetime) -> None:
    """Tell operators that it is over, if it was raised."""
    if what in CONTROLLED:
        noting.note(CONTROLLED[what], None, "", now=now)
    if _is_raised(what):
        audit.record_of_operators(None, audit_events.AUDIT_ALARM_OVER, key, at=now, what=what)


def _tell_organisations(chains: list[bytes], now: datetime) -> None:
    """Enter in the register of each whose chain it is."""
    for tenant_id in Tenant.objects.filter(id__in=[UUID(bytes=one) for one in chains]).values_list("id", flat=True):
        with tenant_scope(tenant_id):
            raise_incident(tenant_id, IncidentCause.TRAIL, about="rewritten", now=now)


def _is_raised(what: str) -> bool:
    told = OperatorEntry.objects.filter(
        event__in=(audit_events.AUDIT_ALARM, audit_events.AUDIT_ALARM_OVER), facts__what=what
    )
    last = told.order_by("-id").first()
    return last is not None and last.event == audit_events.AUDIT_ALARM
