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
# The column that keeps the rule; axes has it for what the query said, of which nothing is kept.
RULE: Final = "get_data"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a name stands after a try: let through or not; whether this one was the last; locked until when."""

    may_try: bool
    is_last: bool = False
    until: datetime | None = None


def count_try(email: str, key: str, *, now: datetime) -> Standing:
    """Count a try of a name, if it is not locked; a lock is not made longer by trying.

    The rule is looked up at the first failure and kept with the count: what follows, and what a locked name is
    answered, takes as long for an address of three organisations as for one of nobody.
    """
    with transaction.atomic():
        attempt = AccessAttempt.objects.select_for_update().filter(username=key, **NOWHERE).first()
        if attempt is not None and _counts(attempt, now):
            return _counted(attempt, now)
    rule = rule_for(email)
    with transaction.atomic():
        attempt, _ = AccessAttempt.objects.select_for_update().get_or_create(
            username=key, **NOWHERE, defaults={"failures_since_start": 0, RULE: str(rule)}
        )
        if not _counts(attempt, now):
            attempt.failures_since_start = 0
            setattr(attempt, RULE, str(rule))
        return _counted(attempt, now)


def _rule(attempt: AccessAttempt) -> LockRule:
    return LockRule.of(getattr(attempt, RULE))


def _counts(attempt: AccessAttempt, now: datetime) -> bool:
    # A row from a clock ahead of ours is not old.
    return bool(now - attempt.attempt_time <= _rule(attempt).lasts)


def _counted(attempt: AccessAttempt, now: datetime) -> Standing:
    rule, failures = _rule(attempt), attempt.failures_since_start
    if failures >= rule.attempts:
        return Standing(may_try=False, until=attempt.attempt_time + rule.lasts)
    attempt.failures_since_start, attempt.attempt_time = failures + 1, now
    attempt.save(update_fields=["failures_since_start", "attempt_time", RULE])
    is_last = failures + 1 == rule.attempts
    return Standing(may_try=True, is_last=is_last, until=now + rule.lasts if is_last else None)


def locked_until(emails: Iterable[str], *, now: datetime) -> dict[str, datetime]:
    """Return which of some addresses are locked, and until when."""
    keys = {failure_key(email): email for email in emails}
    found = {}
    for attempt in AccessAttempt.objects.filter(username__in=keys, **NOWHERE):
        rule = _rule(attempt)
        if attempt.failures_since_start >= rule.attempts and _counts(attempt, now):
            found[keys[attempt.username]] = attempt.attempt_time + rule.lasts
    return found


def forgive(email: str) -> None:
    """Forget the failures of an address: its owner has proven themselves, or somebody who may has unlocked it."""
    AccessAttempt.objects.filter(username=failure_key(email)).delete()


def forget_old(*, now: datetime) -> None:
    """Drop what counts no more, at most once in ten minutes: whoever is tried next has it done."""
    if FORGETTING.wait_s("all") == 0:
        AccessAttempt.objects.filter(attempt_time__lt=now - LONGEST).delete()
