"""The checks of the gate, in order: plain functions of the facts."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tenants.factor_rules import may_lack_factor
from tenants.gate.facts import Facts
from tenants.models import Membership, Passkey, Tenant
from tenants.policies import FACTOR_AGENTS, FACTOR_OWNERS, SESSION_IDLE, SESSION_LENGTH, effective
from tenants.roles import Role


class Refusal(StrEnum):
    """Why somebody who is a member may not be here now."""

    SIGNED_OUT = "signed_out"
    SESSION_OVER = "session_over"
    LOCKED = "locked"
    PASSWORD = "password"  # noqa: S105 (the name of a refusal)
    FACTOR = "factor"
    PASSKEY = "passkey"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at a page or a socket: who, from which network address, when (seconds since 1970).

    `factor` is the kind of second factor this session was opened by (`Factor.model_label()`), empty where it was the
    password alone; `is_enrolled`, whether the person has a factor that could have been given.
    """

    membership: Membership
    address: str
    now: float
    factor: str = ""
    is_enrolled: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """When a session ends by itself: locked at `idle_at`, over at `over_at`, in seconds since 1970."""

    idle_at: float
    over_at: float

    @property
    def first(self) -> float:
        return min(self.idle_at, self.over_at)


Check = Callable[[Facts, Visit], Refusal | None]


def lengths(tenant: Tenant, choices: Mapping[str, str]) -> tuple[int, int]:
    """Return after how many seconds without activity a session is locked, and after how many it is over."""
    idle_min = effective(tenant, SESSION_IDLE, chosen=choices.get(SESSION_IDLE)).value
    length_h = effective(tenant, SESSION_LENGTH, chosen=choices.get(SESSION_LENGTH)).value
    return int(idle_min) * 60, int(length_h) * 3600


def session_limits(facts: Facts, membership: Membership) -> Limits | None:
    """Return when the session ends by itself under the organisation's policy; None where there is none."""
    if facts.began_at is None or facts.active_at is None:
        return None
    idle_s, length_s = lengths(membership.tenant, facts.choices)
    return Limits(facts.active_at + idle_s, facts.began_at + length_s)


def session_lasts(facts: Facts, visit: Visit) -> Refusal | None:
    """The browser is signed in, not for too long, and somebody is at it."""
    limits = session_limits(facts, visit.membership)
    if limits is None:
        return Refusal.SIGNED_OUT
    if visit.now >= limits.over_at:
        return Refusal.SESSION_OVER
    return Refusal.LOCKED if visit.now >= limits.idle_at else None


def password_is_own(facts: Facts, visit: Visit) -> Refusal | None:
    """The password was chosen by its owner, by rules that hold (PCI DSS 8.3.5)."""
    return Refusal.PASSWORD if facts.must_change_password else None


def factor_suffices(facts: Facts, visit: Visit) -> Refusal | None:
    """A second factor was given, of the kind that the role needs; or the person has none and needs none yet."""
    chosen, membership = facts.choices, visit.membership
    if not visit.factor:
        may_go_without = not visit.is_enrolled and may_lack_factor(membership, chosen.get(FACTOR_AGENTS), now=visit.now)
        return None if may_go_without else Refusal.FACTOR
    if membership.role != Role.OWNER or visit.factor == Passkey.model_label():
        return None
    wanted = effective(membership.tenant, FACTOR_OWNERS, chosen=chosen.get(FACTOR_OWNERS)).value
    return Refusal.PASSKEY if wanted == "passkey" else None


def is_trained(facts: Facts, visit: Visit) -> Refusal | None:
    """No course that closes the workspace has lapsed, or waits to be taken before the first access."""
    return Refusal.TRAINING if facts.training_due is not None and visit.now >= facts.training_due else None


CHECKS: Final[tuple[Check, ...]] = (session_lasts, password_is_own, factor_suffices, is_trained)


def judge(facts: Facts, visit: Visit, despite: Collection[Refusal] = ()) -> Refusal | None:
    """Return what stands against a visit, first by the order of the checks; None lets it in.

    Args:
        facts: As read a moment ago.
        visit: Who comes.
        despite: What does not matter at that door, since it leads to where the thing is put right.
    """
    for check in CHECKS:
        refusal = check(facts, visit)
        if refusal is not None and refusal not in despite:
            return refusal
    return None
