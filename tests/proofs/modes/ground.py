"""The organisation that the proof of modes works on, two browsers, and what is in force there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY

from compliance import masking_policies, mode_steps, retention, rule_sets
from compliance.masking import ENTITIES
from compliance.masking.policy import THRESHOLDS
from compliance.models import MaskingRevision, ModeSwitch, PolicyStanding, RecordClass, RetentionPolicy
from compliance.modes import ALWAYS, MASKING_FLOORS
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.fresh_factor import STAMP
from tenants.models import Membership, Passkey, PolicyChoice, Tenant
from tenants.policies import choices, everything_effective, in_force, strictest_of, value_of
from tenants.policy_rows.row import Mode
from tenants.policy_table import POLICIES
from tenants.scoping import tenant_scope
from tests.factories.modes import begin, cut_short
from tests.factories.tenants import make_person, make_tenant, owner_of, sign_in

RETENTION: Final = "retention.conversation"
STATES: Final[dict[str, Mode]] = {"mode.hipaa": "hipaa", "mode.pci": "pci"}
MASKING: Final = "masking."
#: In every combination, one by one and together.
SETS: Final[tuple[tuple[Mode, ...], ...]] = (("hipaa",), ("pci",), ("hipaa", "pci"))


@dataclass(frozen=True)
class Ground:
    """`superuser`: where whoever owns the server signs in to the database; empty where nobody can."""

    tenant: Tenant
    owner: Membership
    page: Client
    admin: Client
    superuser: str

    def fresh(self) -> Tenant:
        return Tenant.objects.get(id=self.tenant.id)

    def give_factors(self) -> None:
        """Let both have given a factor just now: what is tried on pages has to get as far as the setting."""
        for browser in (self.page, self.admin):
            session = browser.session
            session[STAMP] = [clock.now().timestamp(), session[DEVICE_ID_SESSION_KEY]]
            session.save()

    @contextmanager
    def modes(self, on: Sequence[Mode]) -> Iterator[None]:
        """Switch modes on, and afterwards write everything as it was before."""
        self.reset()
        for mode in on:
            begin(self.fresh(), mode, Actor.member(self.owner), clock.now(), "A proof")
        try:
            yield
        finally:
            for mode in on:
                cut_short(self.tenant, mode)
            self.reset()

    def reset(self) -> None:
        """Choose nothing, and keep chats for ninety days."""
        with tenant_scope(self.tenant):
            PolicyChoice.objects.all().delete()
            MaskingRevision.objects.all().delete()
            RetentionPolicy.objects.update_or_create(
                tenant_id=self.tenant.id, record_class=RecordClass.CONVERSATION,
                defaults={"keep_days": 90, "changed_at": clock.now()},
            )  # fmt: skip
        rule_sets.forget(self.tenant.id)

    def put_back(self, on: Sequence[Mode]) -> None:
        """After one attempt: what it wrote is gone, the modes are as they were."""
        self.reset()
        with tenant_scope(self.tenant):
            for mode in on:
                ModeSwitch.objects.filter(mode=mode, turns_on=False, ended_at=None).update(
                    ended_at=clock.now(), ended_as="withdrawn"
                )
                Tenant.objects.filter(id=self.tenant.id).update(**{mode_steps.FIELDS[mode]: "enabling"})
            PolicyStanding.objects.update(
                choices={}, modes={mode: "enabling" if mode in on else "off" for mode in ("hipaa", "pci")},
                retention={RecordClass.CONVERSATION.value: 90},
            )  # fmt: skip


def make_ground(superuser: str = "") -> Ground:
    """Make it, in the database that is set up."""
    now = clock.now()
    tenant = make_tenant("Clinic", owner=make_person("Olga", email="olga@clinic.example", now=now), now=now)
    owner = owner_of(tenant)
    page = sign_in(Client(), owner.user)
    # Under PCI mode owners come with a passkey, and what is tried on pages must get as far as the setting.
    passkey = Passkey.objects.create(
        user=owner.user, name="Key", confirmed=True, credential_id=b"c" * 32, public_key=b"p", sign_count=0
    )
    session = page.session
    session[DEVICE_ID_SESSION_KEY] = passkey.persistent_id
    session.save()
    operator = make_person("Oskar", email="oskar@hushdesk.example", is_operator=True, now=now)
    return Ground(tenant, owner, page, sign_in(Client(), operator), superuser)


def connection_of(ground: Ground) -> psycopg.Connection:
    """Sign in as whoever owns the server, and pass every guard of the database by, as they can."""
    connection = psycopg.connect(ground.superuser, autocommit=True)
    connection.execute("SET session_replication_role = replica")
    return connection


def tries(on: Sequence[Mode]) -> list[tuple[str, str]]:
    """Return every (key, value) that is weaker than what the modes hold, from the tables themselves."""
    found = [
        (policy.key, value)
        for policy in POLICIES.values()
        if (floors := [policy.floors[mode] for mode in on if mode in policy.floors])
        for value in policy.values
        if policy.strictness(value) < max(map(policy.strictness, floors))
    ]
    most = [days for mode in on if (days := retention.longest(mode)) is not None]
    found += [(RETENTION, ""), *((RETENTION, str(days + 1)) for days in most)]
    found += [(key, "off") for key, mode in STATES.items() if mode in on]
    return found + [(MASKING + entity, "off") for entity in sorted(ENTITIES) if _least(entity, on) < THRESHOLDS["off"]]


def is_weaker(ground: Ground, on: Sequence[Mode], key: str) -> bool:
    """Whether any reader of a setting finds less than the modes hold."""
    tenant = ground.fresh()
    with tenant_scope(tenant):
        if key in STATES:
            return getattr(tenant, mode_steps.FIELDS[STATES[key]]) == "off"
        if key == RETENTION:
            days, most = retention.keep_days(RecordClass.CONVERSATION), [retention.longest(mode) for mode in on]
            return any(longest is not None and (days is None or days > longest) for longest in most)
        if key.startswith(MASKING) and key not in POLICIES:
            entity = key.removeprefix(MASKING)
            return masking_policies.effective(tenant).threshold(entity) > _least(entity, on)
        policy = POLICIES[key]
        read = [in_force(tenant, key).value, value_of(tenant, key, choices().get(key))]
        read += [one.value for one in everything_effective(tenant) if one.key == key]
    read.append(strictest_of([tenant], [key])[key])
    floor = max(policy.strictness(policy.floors[mode]) for mode in on if mode in policy.floors)
    return any(policy.strictness(value) < floor for value in read)


def is_stored_weaker(ground: Ground, on: Sequence[Mode], key: str) -> bool:
    """Whether a choice below a floor lies in the database, whatever readers make of it."""
    if key not in POLICIES:
        return False
    policy = POLICIES[key]
    with tenant_scope(ground.tenant):
        value = choices().get(key)
    floor = max(policy.strictness(policy.floors[mode]) for mode in on if mode in policy.floors)
    return value in policy.values and policy.strictness(value) < floor


def _least(entity: str, on: Sequence[Mode]) -> float:
    floors = [ALWAYS, *(MASKING_FLOORS[mode] for mode in on)]
    return min(
        (THRESHOLDS[floor.levels[entity]] for floor in floors if entity in floor.levels), default=THRESHOLDS["off"]
    )
