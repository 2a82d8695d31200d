"""What has to be there before a mode can be switched on, and what it will ask of people afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from compliance import retention
from compliance.agreements import standing
from compliance.models import RecordClass
from tenants import factor_list
from tenants.actions.break_glass import codes_left
from tenants.models import Membership, Passkey
from tenants.places.rule import in_force
from tenants.places.stored import rulings
from tenants.policies import choices
from tenants.policy_names import DEVICE_RULE, ENROLLED_DEVICE
from tenants.policy_rows.row import Mode
from tenants.roles import Role


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of them. `page` is the organisation's route on which it is put right; `fix` says what is done there."""

    key: str
    title: str
    is_met: bool
    says: str
    page: str
    fix: str


#: What a mode supports an organisation in keeping; where it lies is asked for with the switch itself.
AGREEMENTS: Final[dict[Mode, str]] = {
    "hipaa": "Business associate agreement (45 CFR 164.308(b)(1), 164.314(a)(2)(i))",
    "pci": "Responsibility matrix, or attestation of compliance (PCI DSS 12.8.2, 12.8.5)",
}
_RETENTION: Final[dict[Mode, str]] = {
    "hipaa": "It is decided how long conversations are kept (45 CFR 164.310(d)(2)(i))",
    "pci": f"Conversations are kept for {retention.longest('pci')} days at most (PCI DSS 3.2.1)",
}


def of(mode: Mode) -> list[Requirement]:
    """Return what has to be met first. Inside the tenant's scope; the operators' role may ask too."""
    days = retention.chosen().get(RecordClass.CONVERSATION)
    most = retention.longest(mode)
    is_met = days is not None and (most is None or days <= most)
    says = f"Now: {days} days." if days else "Now: until they are erased by hand."
    return [Requirement("retention", _RETENTION[mode], is_met, says, "compliance:retention_page", "Decide it")]


def ahead(mode: Mode, *, now: datetime) -> list[Requirement]:
    """Return what a mode asks of people without waiting for it, and how they stand. Inside the tenant's scope."""
    return [_agreement(mode, now), *(ask(now) for ask in _AHEAD[mode])]


def without_factor() -> int:
    """Return how many active people have no second factor. Inside the tenant's scope."""
    people = set(_active().values_list("user_id", flat=True))
    return len(people - factor_list.enrolled_among(people))


def _active() -> QuerySet[Membership]:
    return Membership.objects.filter(is_active=True, user__is_active=True)


def _agreement(mode: Mode, now: datetime) -> Requirement:
    found = standing.in_force(standing.OF_MODE[mode], now=now)
    if found is None:
        says = "None is recorded that is in force: what is named as the mode is switched on is recorded."
    else:
        says = f"In force until {found.expires_on:%-d %B %Y}." if found.expires_on else "In force, without an end."
    return Requirement("agreement", AGREEMENTS[mode], found is not None, says, standing.PAGE, "Record it")


def _factors(_: datetime) -> Requirement:
    count = without_factor()
    says = f"{count} without: seven days to add one, then they cannot come in." if count else "Everyone has one."
    return Requirement("factors", "Everyone has a second factor", not count, says, "organisation:people", "See who")


def _passkeys(_: datetime) -> Requirement:
    owners = set(_active().filter(role=Role.OWNER).values_list("user_id", flat=True))
    held = set(Passkey.objects.filter(user_id__in=owners, confirmed=True).values_list("user_id", flat=True))
    count = len(owners - held)
    says = f"{count} without: they are asked for one from then on." if count else "Every owner has one."
    return Requirement("passkeys", "Owners have a passkey", not count, says, "organisation:people", "See who")


def _places(now: datetime) -> Requirement:
    rule = in_force(rulings(), now.timestamp())
    is_met = choices().get(DEVICE_RULE) == ENROLLED_DEVICE or (rule is not None and rule.is_on)
    says = "It is so." if is_met else "Neither is: there are seven days for it."
    return Requirement("places", "Networks or browsers are limited", is_met, says, "organisation:places", "Limit them")


def _codes(_: datetime) -> Requirement:
    left = codes_left()
    says = f"{left} left. Without one, no operator of the service can be let in to help."
    return Requirement("codes", "Break-glass codes are made", left > 0, says, "organisation:places", "Make them")


_AHEAD: Final[dict[Mode, tuple[Callable[[datetime], Requirement], ...]]] = {
    "hipaa": (_factors, _places, _codes),
    "pci": (_factors, _passkeys, _places, _codes),
}
