"""Which masking rules are in force for an organisation, by number.

Each change of the rules, the detectors or the policy gets the next number. A message remembers the number that
scanned it, so an older number means: scan again.
"""

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction

from compliance import masking_policies
from compliance.masking import RULE_SET, MaskingPolicy
from compliance.models import RuleSet
from compliance.notices import in_force as notices_in_force
from compliance.notices.in_force import Notices
from helpdesk.core import clock
from helpdesk.core.prepared import columns_of, prepared_cursor
from helpdesk.core.threads import in_thread
from tenants.models import Tenant
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

# How long a process may go on with what it knew. A message masked meanwhile carries the older number, so the
# re-scan finds it.
LIFETIME_S: Final = 5.0
RENEWED_AFTER_S: Final = 3.0
ATTEMPTS: Final = 5
_TENANT, _TENANT_SQL = columns_of(Tenant, "tenant")
# One statement, planned once for a connection: it runs every few seconds in every organisation that is chatting.
_LOOK: Final = f"""
SELECT {_TENANT_SQL},
    (SELECT id FROM compliance_maskingrevision WHERE tenant_id = %(tenant)s ORDER BY number DESC LIMIT 1),
    (SELECT number FROM compliance_ruleset WHERE tenant_id = %(tenant)s ORDER BY number DESC LIMIT 1),
    (SELECT fingerprint FROM compliance_ruleset WHERE tenant_id = %(tenant)s ORDER BY number DESC LIMIT 1),
    {notices_in_force.COLUMNS}
FROM tenants_tenant AS tenant WHERE id = %(tenant)s
"""  # noqa: S608 (names of our own columns; every value is a parameter)


@dataclass(frozen=True, slots=True)
class RuleSetInForce:
    """The number new messages are stored with, what masks them, and what is asked of visitors to be heard.

    Without notices, as a scan has it that takes no message in, nobody's receipt would do.
    """

    number: int
    policy: MaskingPolicy
    notices: Notices | None = None

    @property
    def accepts(self) -> tuple[bytes, ...] | None:
        """Hashes of the texts of which a visitor must have a receipt to be heard; None where none is needed."""
        return () if self.notices is None else self.notices.accepts

    @property
    def signed_only(self) -> bool:
        """Whether a visitor is heard only if the organisation's site vouches for them."""
        return self.notices is None or self.notices.signed_only


_lock: Final = threading.Lock()
_known: Final[dict[UUID, tuple[float, RuleSetInForce]]] = {}
# Raised whenever something is forgotten: what was read before is not remembered.
_forgotten: Final[Counter[UUID | None]] = Counter()
# Until when no other renewal begins, and the renewals themselves, which nobody else holds.
_renewed_until: Final[dict[UUID, float]] = {}
_renewing: Final[set["asyncio.Task[None]"]] = set()


def current(tenant: Tenant | UUID) -> RuleSetInForce:
    """Return the rule set in force, and number it when it is new.

    What the caller's `tenant` says of its modes is not used: a socket may hold it for hours. Call it inside the
    tenant's scope or outside any; it opens its own.
    """
    tenant_id = tenant if isinstance(tenant, UUID) else tenant.id
    known = _known.get(tenant_id)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    return _looked_up(tenant_id)


def _looked_up(tenant_id: UUID) -> RuleSetInForce:
    epoch = _epoch(tenant_id)
    with tenant_scope(tenant_id):
        tenant, (revision_id, number, fingerprint, *notices) = _row(tenant_id)
        policy = masking_policies.of_revision(tenant, revision_id)
        if fingerprint != policy.fingerprint:
            number = _number(tenant_id, policy)
        in_force = RuleSetInForce(number, policy, notices_in_force.notices_from(tenant, notices))
        # Known once it is committed: what is rolled back must not be remembered.
        transaction.on_commit(partial(_remember, tenant_id, in_force, epoch))
    return in_force


def _row(tenant_id: UUID) -> tuple[Tenant, Sequence[Any]]:
    """Return the organisation and what else `_LOOK` has of it."""
    with prepared_cursor() as cursor:
        row = cursor.execute(_LOOK, {"tenant": tenant_id, **notices_in_force.GIVEN}).fetchone()
    if row is None:
        raise Tenant.DoesNotExist
    return Tenant.from_db(DEFAULT_DB_ALIAS, _TENANT, row[: len(_TENANT)]), row[len(_TENANT) :]


async def acurrent(tenant_id: UUID) -> RuleSetInForce:
    """Return what `current` returns, on an event loop."""
    known = at_hand(tenant_id)
    return await in_thread(current, tenant_id) if known is None else known


def at_hand(tenant_id: UUID) -> RuleSetInForce | None:
    """Return what `current` returns if this process knows it, on an event loop.

    What will soon be too old is looked up beside the work: in an organisation that is chatting nobody waits for it.
    """
    known = _known.get(tenant_id)
    now = time.monotonic()
    if known is None or known[0] <= now:
        return None
    if known[0] - now < LIFETIME_S - RENEWED_AFTER_S and _renewed_until.get(tenant_id, 0.0) < now:
        _renewed_until[tenant_id] = known[0]
        task = asyncio.create_task(_renew(tenant_id))
        _renewing.add(task)
        task.add_done_callback(_renewing.discard)
    return known[1]


async def _renew(tenant_id: UUID) -> None:
    try:
        await in_thread(_looked_up, tenant_id)
    except Exception as error:  # noqa: BLE001 (whoever needs it once it is too old asks again, and is told)
        logger.warning("rule set not renewed", extra={"reason": type(error).__name__})


def forget(tenant_id: UUID | None = None) -> None:
    """Drop what this process knows, of one organisation or of all: after a mode was switched, between tests."""
    with _lock:
        _forgotten[tenant_id] += 1
        if tenant_id is None:
            _known.clear()
        else:
            _known.pop(tenant_id, None)


def _epoch(tenant_id: UUID) -> tuple[int, int]:
    return _forgotten[None], _forgotten[tenant_id]


def _remember(tenant_id: UUID, in_force: RuleSetInForce, epoch: tuple[int, int]) -> None:
    with _lock:
        if epoch == _epoch(tenant_id):
            _known[tenant_id] = (time.monotonic() + LIFETIME_S, in_force)


def _number(tenant_id: UUID, policy: MaskingPolicy) -> int:
    """The number of the latest rule set if it is this one, or else the next number, taken now."""
    for _ in range(ATTEMPTS):
        latest = RuleSet.objects.order_by("-number").first()
        if latest is not None and latest.fingerprint == policy.fingerprint:
            return int(latest.number)
        number = latest.number + 1 if latest is not None else 1
        try:
            with transaction.atomic():
                RuleSet.objects.create(
                    tenant_id=tenant_id,
                    number=number,
                    fingerprint=policy.fingerprint,
                    rules=RULE_SET,
                    revision=policy.revision,
                    profile=policy.name,
                    created_at=clock.now(),
                )
        except IntegrityError:
            continue  # another process took the number at the same moment: look again
        return int(number)
    raise RuleSetRaceError


class RuleSetRaceError(Exception):
    """The number was taken by others, again and again; the caller may try once more."""
