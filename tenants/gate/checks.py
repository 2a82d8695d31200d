"""The checks of the gate, in order: plain functions of the facts."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from helpdesk.core.machine import NO_MACHINE, Machine
from tenants.factor_rules import may_lack_factor
from tenants.gate.facts import PROOF_LASTS_S, Facts
from tenants.models import Membership, Passkey, Tenant
from tenants.places.rule import in_force
from tenants.policies import value_of
from tenants.policy_names import (
    DEVICE_RULE,
    ENROLLED_DEVICE,
    FACTOR_AGENTS,
    FACTOR_OWNERS,
    MEMBER_UNUSED,
    PLACE_REQUIRED,
    PLACE_RULE,
    SESSION_IDLE,
    SESSION_LENGTH,
)
from tenants.roles import Role

DAY_S: Final = 24 * 3600


class Refusal(StrEnum):
    """Why somebody who is a member may not be here now."""

    SIGNED_OUT = "signed_out"
    SESSION_OVER = "session_over"
    LOCKED = "locked"
    ADDRESS = "address"
    DEVICE = "device"
    PLACE_UNSET = "place_unset"
    PASSWORD = "password"  # noqa: S105 (the name of a refusal)
    FACTOR = "factor"
    PASSKEY = "passkey"
    UNUSED = "unused"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at a page or a socket: who, from which network address, when (seconds since 1970), at which machine.

    `factor` is the kind of second factor this session was opened by (`Factor.model_label()`), empty where it was the
    password alone; `is_enrolled`, whether the person has a factor that could have been given.
    """

    membership: Membership
    address: str
    now: float
    factor: str = ""
    is_enrolled: bool = True
    machine: Machine = NO_MACHINE


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
    idle_min = value_of(tenant, SESSION_IDLE, choices.get(SESSION_IDLE))
    length_h = value_of(tenant, SESSION_LENGTH, choices.get(SESSION_LENGTH))
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


def place_allowed(facts: Facts, visit: Visit) -> Refusal | None:
    """They come from a network that the organisation's rule is open to, or have broken the glass."""
    rule = in_force(facts.address_rules, visit.now)
    if rule is None or rule.admits(visit.membership.role, visit.address):
        return None
    return None if is_waived(facts, visit) else Refusal.ADDRESS


def is_waived(facts: Facts, visit: Visit) -> bool:
    """Whether an owner has broken the glass, and it still counts."""
    return facts.waived_until is not None and visit.now < facts.waived_until


def device_rule(facts: Facts, tenant: Tenant) -> str:
    """Return which browsers may be used."""
    return value_of(tenant, DEVICE_RULE, facts.choices.get(DEVICE_RULE))


def is_limited(facts: Facts, tenant: Tenant, now: float) -> bool:
    """Whether people may come from named networks alone, all of them, or with approved browsers alone."""
    rule = in_force(facts.address_rules, now)
    is_named = rule is not None and rule.is_on and rule.roles >= set(Role)
    return is_named or device_rule(facts, tenant) == ENROLLED_DEVICE


def place_chosen(facts: Facts, visit: Visit) -> Refusal | None:
    """What a mode wants of networks or browsers is there, or still has time. Owners come in to put it right."""
    tenant = visit.membership.tenant
    if facts.place_due_at is None or visit.now < facts.place_due_at or visit.membership.role == Role.OWNER:
        return None
    if value_of(tenant, PLACE_RULE, facts.choices.get(PLACE_RULE)) != PLACE_REQUIRED:
        return None
    return None if is_limited(facts, tenant, visit.now) else Refusal.PLACE_UNSET


def device_approved(facts: Facts, visit: Visit) -> Refusal | None:
    """The browser has shown of late, at this machine, that it holds a key that an owner has approved."""
    if device_rule(facts, visit.membership.tenant) != ENROLLED_DEVICE:
        return None
    if visit.machine.certificate in facts.certificates or is_waived(facts, visit):
        return None
    proof = facts.proof
    if proof is None or not proof.is_approved or visit.now >= proof.proved_at + PROOF_LASTS_S:
        return Refusal.DEVICE
    return Refusal.DEVICE if is_another_machine(facts, visit) else None


def is_another_machine(facts: Facts, visit: Visit) -> bool:
    """Whether the cookie comes from where its browser was not when it proved itself: it may have been copied."""
    return facts.proof is not None and facts.proof.looks != visit.machine.looks


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
    wanted = value_of(membership.tenant, FACTOR_OWNERS, chosen.get(FACTOR_OWNERS))
    return Refusal.PASSKEY if wanted == "passkey" else None


def is_in_use(facts: Facts, visit: Visit) -> Refusal | None:
    """They have been here of late, whether or not the nightly task has been (PCI DSS 8.2.6). The last owner stays."""
    if facts.used_at is None or facts.is_last_owner:
        return None
    days = unused_days(visit.membership.tenant, facts.choices)
    return Refusal.UNUSED if days and visit.now >= facts.used_at + days * DAY_S else None


def unused_days(tenant: Tenant, choices: Mapping[str, str]) -> int:
    """Return after how many days without use a membership is deactivated; 0 is never."""
    return int(value_of(tenant, MEMBER_UNUSED, choices.get(MEMBER_UNUSED)))


def is_trained(facts: Facts, visit: Visit) -> Refusal | None:
    """No course that closes the workspace has lapsed, or waits to be taken before the first access."""
    return Refusal.TRAINING if facts.training_due is not None and visit.now >= facts.training_due else None


CHECKS: Final[tuple[Check, ...]] = (
    session_lasts,
    place_allowed,
    device_approved,
    place_chosen,
    password_is_own,
    factor_suffices,
    is_in_use,
    is_trained,
)


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
