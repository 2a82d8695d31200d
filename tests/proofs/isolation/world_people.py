"""Of an organisation's people and rules: where they come from, what they learn, its modes, and operators let in."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from compliance import policy_standing, rule_sets
from compliance.masking import MaskingPolicy, mask
from compliance.models import (
    LegalHold,
    ModeCertificate,
    ModeSwitch,
    OperatorEntry,
    OperatorReset,
    OwnCourse,
    OwnCourseVersion,
    RetentionPolicy,
    SupportGrant,
    TrainingRecord,
)
from compliance.models.support import LONGEST
from compliance.sealed_text import seal_masked
from compliance.training.catalogue import shipped
from tenants.models import (
    AddressRule,
    AddressWaiver,
    BreakGlassCode,
    Membership,
    PlaceDue,
    PolicyChoice,
    StaffDevice,
    Tenant,
    TrainingDuty,
    User,
)
from tenants.policy_names import SESSION_IDLE
from tests.factories.tenants import make_person
from tests.proofs.isolation.world_register import of_everybody


def places(tenant: Tenant, owner: Membership, word: str, now: datetime) -> None:
    """Of all that says from where, and with which browser, people may come; nothing of it keeps anybody out."""
    # Off, so that it keeps nobody out; on trial, so that it can be confirmed.
    AddressRule.objects.create(
        tenant=tenant, state="trial", is_on=False, roles=["agent"], networks=[["198.51.100.0/24", ""]],
        labels=[f"Office {word}"], until=now + timedelta(days=1), changed_by=owner, changed_at=now,
    )  # fmt: skip
    StaffDevice.objects.create(
        tenant=tenant, membership=owner, kind="key", key_hash=uuid4().bytes * 2, browser="Firefox", address="192.0.2.9",
        state="asked", asked_at=now,
    )  # fmt: skip
    PlaceDue.objects.create(tenant=tenant, due_at=now)
    BreakGlassCode.objects.create(tenant=tenant, code_hash=uuid4().bytes * 2, made_at=now)
    AddressWaiver.objects.create(tenant=tenant, membership=owner, session_id=uuid4(), until=now)


def a_course(tenant: Tenant, owner: Membership, word: str, now: datetime) -> None:
    """One of their own, and one of ours that the owner has done and is about to sign again."""
    said = shipped()["phishing"].content() | {"title": f"Course {word}"}
    own = OwnCourse.objects.create(tenant=tenant, roles=["agent"], is_in_use=False, changed_at=now)
    OwnCourseVersion.objects.create(
        tenant=tenant, course=own, number=1, content=said, written_by=owner.id, written_at=now
    )
    TrainingDuty.objects.create(
        tenant=tenant, membership=owner, course="phishing", closes=False, assigned_at=now,
        due_at=now + timedelta(days=365), version=1, completed_at=now, taking=1, passed_at=now,
        lessons_seen=len(shipped()["phishing"].lessons),
    )  # fmt: skip
    TrainingRecord.objects.create(
        tenant=tenant, membership=owner, course="phishing", version=1, step="signed", signed_as=f"Olga {word}",
        text_hash=shipped()["phishing"].text_hash, at=now,
    )  # fmt: skip
    # They have been here: a first visit writes that down, and a probe would take it for its own doing.
    Membership.objects.update(first_access_at=now)


def a_mode(tenant: Tenant, owner: Membership, word: str, now: datetime) -> None:
    """One that was switched on and certified; settings, and what they were by the application."""
    PolicyChoice.objects.create(tenant=tenant, key=SESSION_IDLE, value="240", changed_at=now)
    _kept(tenant, owner, word, now)
    switch = ModeSwitch.objects.create(
        tenant=tenant, mode="hipaa", turns_on=True, was="off", reason=f"About {word}", agreement=word, asked_at=now,
        asked_kind="member", asked_by=owner.id, asked_person=owner.user_id, ended_at=now, ended_as="done",
    )  # fmt: skip
    ModeCertificate.objects.create(
        tenant=tenant, switch=switch, mode="hipaa", number=1, facts={"reason": word}, sha256="0" * 64, at=now
    )
    policy_standing.locked(tenant, now=now)


def _kept(tenant: Tenant, owner: Membership, word: str, now: datetime) -> None:
    """How long, and a hold that keeps nothing of what is there: what jobs find to erase has to go."""
    RetentionPolicy.objects.create(tenant=tenant, record_class="conversation", keep_days=30, changed_at=now)
    hold = LegalHold(
        tenant=tenant, kind="query", query={"began_until": "2001-01-01"}, placed_by=owner, placed_at=now,
        masked_with=rule_sets.current(tenant).number,
    )  # fmt: skip
    hold.reason = seal_masked(LegalHold.slot(tenant.id, hold.id), mask(word, MaskingPolicy.named("all")))
    hold.save()


def let_in(operator: User, owner: Membership, word: str, now: datetime) -> dict[str, UUID]:
    """The operator may look in, for as long as it takes, and is asked to agree to a colleague's reset."""
    SupportGrant.objects.create(
        tenant_id=owner.tenant_id, operator=operator, reason=f"About {word}", asked_at=now, approved_by=owner,
        approved_at=now, until=now + LONGEST,
    )  # fmt: skip
    entry = OperatorEntry.objects.create(
        event="support.approved", operator_id=operator.id, organisation_id=owner.tenant_id, object_kind="proof", at=now
    )
    lost, asking = (
        make_person(name, email=f"{name.lower()}@{word}.hushdesk.example", is_operator=True, now=now)
        for name in ("Orla", "Otis")
    )
    # One whose time is over, which nobody has written down: the job's to do. After the first, so that it is no page's.
    SupportGrant.objects.create(
        tenant_id=owner.tenant_id, operator=asking, reason="A proof", asked_at=now, approved_by=owner,
        approved_at=now - LONGEST, until=now,
    )  # fmt: skip
    reset = OperatorReset.objects.create(user=lost, reason="A proof", asked_by=asking, asked_at=now)
    return {"compliance.OperatorEntry": entry.id, "compliance.OperatorReset": reset.id, **of_everybody(now)}
