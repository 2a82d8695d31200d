"""Which masking rules are in force for an organisation, by number.

Each change of the rules, the detectors or the policy gets the next number. A message remembers the number that
scanned it, so an older number means: scan again.
"""

import threading
import time
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance import masking_policies
from compliance.masking import RULE_SET, MaskingPolicy
from compliance.models import RuleSet
from helpdesk.core import clock
from tenants.models import Tenant
from tenants.scoping import tenant_scope

# How long a process may go on with what it knew. A message masked meanwhile carries the older number, so the
# re-scan finds it.
LIFETIME_S: Final = 5.0
ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class RuleSetInForce:
    """The number new messages are stored with, and what masks them."""

    number: int
    policy: MaskingPolicy


_lock: Final = threading.Lock()
_known: Final[dict[UUID, tuple[float, RuleSetInForce]]] = {}


def current(tenant: Tenant | UUID) -> RuleSetInForce:
    """Return the rule set in force, and number it when it is new.

    What the caller's `tenant` says of its modes is not used: a socket may hold it for hours. Call it inside the
    tenant's scope or outside any; it opens its own.
    """
    tenant_id = tenant if isinstance(tenant, UUID) else tenant.id
    known = _known.get(tenant_id)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    with tenant_scope(tenant_id):
        policy = masking_policies.effective(Tenant.objects.get(id=tenant_id))
        in_force = RuleSetInForce(_number(tenant_id, policy), policy)
        # Known once it is committed: what is rolled back must not be remembered.
        transaction.on_commit(partial(_remember, tenant_id, in_force))
    return in_force


def forget(tenant_id: UUID | None = None) -> None:
    """Drop what this process knows, of one organisation or of all: after a mode was switched, between tests."""
    with _lock:
        if tenant_id is None:
            _known.clear()
        else:
            _known.pop(tenant_id, None)


def _remember(tenant_id: UUID, in_force: RuleSetInForce) -> None:
    with _lock:
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
