"""Counts tries by name. Each counts before its password is looked at, so that of a hundred at once six get through.

django-axes counts afterwards, by name, address and browser; here one row stands for one name, and holds no address.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from axes.models import AccessAttempt
from django.db import transaction

from helpdesk.core.ratelimit import Limit
from tenants.lockout.names import failure_key
from tenants.lockout.rules import LONGEST, LockRule, rule_for

FORGETTING: Final = Limit("failures-forgotten", burst=1, per_s=1 / 600)
# What axes keeps beside the name, and we do not.
NOWHERE: Final[Mapping[str, str]] = {"ip_address": "::", "user_agent": ""}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a name stands after a try: let through or not; whether this one was the last; locked until when."""

    may_try: bool
    is_last: bool = False
    until: datetime | None = None


@transaction.atomic
def count_try(key: str, rule: LockRule, *, now: datetime) -> Standing:
    """Count a try of a name, if it is not locked; a lock is not made longer by trying."""
    attempt, _ = AccessAttempt.objects.select_for_update().get_or_create(
        username=key, **NOWHERE, defaults={"failures_since_start": 0}
    )
    # A row from a clock ahead of ours is not old.
    failures = 0 if now - attempt.attempt_time > rule.lasts else attempt.failures_since_start
    if failures >= rule.attempts:
        return Standing(may_try=False, until=attempt.attempt_time + rule.lasts)
    attempt.failures_since_start, attempt.attempt_time = failures + 1, now
    attempt.save(update_fields=["failures_since_start", "attempt_time"])
    is_last = failures + 1 == rule.attempts
    return Standing(may_try=True, is_last=is_last, until=now + rule.lasts if is_last else None)


def locked_until(emails: Iterable[str], *, now: datetime) -> dict[str, datetime]:
    """Return which of some addresses are locked, and until when."""
    keys = {failure_key(email): email for email in emails}
    attempts = AccessAttempt.objects.filter(username__in=keys, **NOWHERE)
    found = {}
    for attempt in attempts:
        rule = rule_for(keys[attempt.username])
        until = attempt.attempt_time + rule.lasts
        if attempt.failures_since_start >= rule.attempts and until >= now:
            found[keys[attempt.username]] = until
    return found


def forgive(email: str) -> None:
    """Forget the failures of an address: its owner has proven themselves, or somebody who may has unlocked it."""
    AccessAttempt.objects.filter(username=failure_key(email)).delete()


def forget_old(*, now: datetime) -> None:
    """Drop what counts no more, at most once in ten minutes: whoever is tried next has it done."""
    if FORGETTING.wait_s("all") == 0:
        AccessAttempt.objects.filter(attempt_time__lt=now - LONGEST).delete()
