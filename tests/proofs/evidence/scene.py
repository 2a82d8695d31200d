"""An organisation with a past: a period in the middle of its trail, and much that happens after it."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

from chat.actions import erasure
from compliance import audit, audit_chain, audit_events, purge
from compliance.actions.retention import set_policy
from compliance.anchoring import anchor as anchoring
from compliance.anchoring import keys
from compliance.anchoring.places import Folder
from compliance.audit_events import REGISTER
from compliance.evidence.building import Built, build
from compliance.evidence.controls import observing
from compliance.evidence.period import SETTLES_IN, Period
from compliance.models import AuditEntry, RecordClass
from helpdesk.core import clock
from helpdesk.core.models import UuidModel
from tenants.actions.members import set_member_active
from tenants.actions.policies import choose
from tenants.actors import Actor
from tenants.models import Membership, Tenant
from tenants.policy_names import SESSION_IDLE
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member, make_person, make_tenant

SEED: Final = 20261126
#: Events whose entries end or bind a chain are the trail's own.
OWN: Final = {audit_events.AUDIT_CHAIN_ENDED, audit_events.AUDIT_EXPIRED, audit_events.CONTROLS_OBSERVED}
EVENTS: Final = sorted(REGISTER.keys() - OWN)


@dataclass
class Scene:
    """The organisation, the files of anchors, and the period of which evidence is built."""

    tenant: Tenant
    owner: Membership
    agent: Membership
    folder: Folder
    random: Random
    period: Period

    def build(self) -> tuple[bytes, Built]:
        """Build the pack of the period."""
        out = io.BytesIO()
        built = build(self.tenant, self.period, out, now=self.period.end + SETTLES_IN, folder=self.folder)
        return out.getvalue(), built


def make_scene(folder: Path, *, entries: int, seed: int = SEED) -> Scene:
    """Make one. A third of the entries stands before the period, and what was asked there is answered in it, or not."""
    now = clock.now()
    name = f"Proven{seed}"
    owner = make_person(f"Owner of {name}", email=f"owner@{name.lower()}.example", now=now)
    tenant = make_tenant(name, owner=owner, now=now)
    agent = make_member(tenant, f"Agent {seed}", Role.AGENT, now=now)
    with tenant_scope(tenant):
        member = Membership.objects.select_related("user").get(user=owner)
    scene = Scene(tenant, member, agent, Folder(folder / f"anchors-{seed}"), Random(seed), Period(now, now))
    scene_fill(scene, entries // 3, now - timedelta(days=3))
    begin = _sealed(scene)
    scene_fill(scene, entries - entries // 3, now)
    with tenant_scope(tenant):
        observing.observe(tenant, now=now)
    _sealed(scene)
    anchoring.anchor(now=clock.now(), folder=scene.folder)
    scene_fill(scene, 5, now)
    scene.period = Period(begin, _sealed(scene))
    _tell(scene, audit_events.EVIDENCE_ASKED, tenant, clock.now())
    return scene


def happen(scene: Scene) -> None:
    """Let happen what a pack must not show: entries, a purge, settings, an erasure, people, keys, anchors, a day."""
    now, tenant = clock.now(), scene.tenant
    old = store_conversation(tenant, ("Hello", "Are you there?"), at=now - timedelta(days=500))
    other = store_conversation(tenant, ("My order",), at=now)
    with tenant_scope(tenant):
        set_policy(
            tenant=tenant, record_class=RecordClass.CONVERSATION, keep_days=30, actor=Actor.member(scene.owner), now=now
        )
        choose(key=SESSION_IDLE, value="60", actor=scene.owner, now=now)
        set_member_active(membership_id=scene.agent.id, is_active=False, actor=scene.owner, now=now)
    purge.purge_expired(tenant.id)
    with tenant_scope(tenant):
        erasure.erase_contact(contact_id=other.contact_id, actor=Actor.visitor(other.contact_id), now=now)
    assert {old.id, other.id}.isdisjoint(_conversations(tenant))
    scene_fill(scene, 200, now)
    keys.rotate(now=clock.now())
    for later in range(3):
        _sealed(scene)
        anchoring.anchor(now=clock.now() + timedelta(minutes=5 * later), folder=scene.folder)
    Tenant.objects.filter(id=tenant.id).update(name="Of another name")
    tomorrow = now + timedelta(days=1)
    with tenant_scope(tenant):
        assert observing.observe(tenant, now=tomorrow)
    _sealed(scene)


def scene_fill(scene: Scene, count: int, at: datetime) -> None:
    """Write entries of every event there is, some of which ask and some of which answer."""
    subjects = [uuid4() for _ in range(40)]
    with tenant_scope(scene.tenant):
        for number in range(count):
            event = scene.random.choice(EVENTS)
            subject = AuditEntry(id=scene.random.choice(subjects))
            _tell(scene, event, subject, at + timedelta(seconds=number), is_scoped=True, **_facts(scene.random))


def _tell(scene: Scene, event: str, subject: UuidModel, at: datetime, *, is_scoped: bool = False, **facts: Any) -> None:
    write: Callable[[], None] = partial(audit.record, Actor.system(), event, subject, at=at, **facts)
    if is_scoped:
        write()
        return
    with tenant_scope(scene.tenant):
        write()


def _facts(random: Random) -> dict[str, Any]:
    possible: dict[str, Any] = {
        "count": random.randrange(10_000), "active": random.random() < 0.5, "before": None, "state": "öpened, \"so\"",
        "of": random.choice(("content", "index")),
    }  # fmt: skip
    return {name: possible[name] for name in possible if random.random() < 0.6}


def _sealed(scene: Scene) -> datetime:
    """Seal all that waits; return an instant behind it, by the clock that seals."""
    audit_chain.seal(scene.tenant.id)
    with tenant_scope(scene.tenant):
        newest = AuditEntry.objects.exclude(position=None).order_by("-position")[0]
    assert newest.sealed_at is not None
    return newest.sealed_at + timedelta(microseconds=1)


def _conversations(tenant: Tenant) -> set[UUID]:
    from chat.models import Conversation

    with tenant_scope(tenant):
        return set(Conversation.objects.values_list("id", flat=True))
