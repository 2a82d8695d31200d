"""A mode's way from off to on and back: who may, what has to be there, two people and a day."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from compliance import audit_events, mode_progress, rule_sets, tasks
from compliance.actions import modes
from compliance.actions.organisations import set_tenant_state
from compliance.actions.reasons import ReasonMissingError
from compliance.actions.retention import ModeWantsSpanError, set_policy
from compliance.mode_progress import SETTLES_AFTER
from compliance.models import AuditEntry, ModeSwitch, RecordClass, SwitchEnd
from compliance.models.mode import ASKED_FOR, NOTICE
from tenants import policies
from tenants.actors import Actor
from tenants.models import ModeState, Tenant, TenantStatus, User
from tenants.permissions import NotPermittedError
from tenants.policy_names import PLAINTEXT_EXPORT
from tenants.policy_rows.row import MODES
from tenants.policy_table import POLICIES
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.modes import AGREED, begin, cut_short, decide_retention
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
OFF, ENABLING, ON, DISABLING = ModeState.OFF, ModeState.ENABLING, ModeState.ON, ModeState.DISABLING


@pytest.fixture
def otto(acme, now):
    """Acme's second owner."""
    return make_member(acme, "Otto", Role.OWNER, now=now)


def state(tenant, mode="hipaa"):
    return getattr(Tenant.objects.get(id=tenant.id), f"{mode}_state")


def step(do, tenant, who, now, *, mode="hipaa", **given):
    actor = Actor.operator(who) if isinstance(who, User) else Actor.member(who)
    return do(tenant=tenant, mode=mode, actor=actor, now=now, **given)


def ask_off(tenant, who, now, **given):
    return step(modes.ask_off, tenant, who, now, reason="The clinic left", **given)


def is_on(tenant, who, now, mode="hipaa"):
    begin(tenant, mode, Actor.member(who), now)
    mode_progress.advance(tenant.id, now=now + SETTLES_AFTER)
    assert state(tenant, mode) == ON


@pytest.mark.parametrize("mode", MODES)
def test_an_operator_begins_a_mode_and_its_floors_hold_at_once(acme, oscar, trail, now, mode):
    begin(acme, mode, Actor.operator(oscar), now)

    acme.refresh_from_db()
    assert state(acme, mode) == ENABLING
    moved = [key for key, policy in POLICIES.items() if policies.effective(acme, key).value != policy.default]
    assert {"masking.profile", "export.plaintext", "browser.outbox"} <= set(moved)
    (entry,) = trail(acme, audit_events.MODE_SWITCHED)
    assert (entry.actor_kind, entry.actor_id) == ("operator", oscar.id)
    assert entry.facts == {
        "mode": mode, "state": "enabling", "reason": "A clinic signed up", "changes": entry.facts["changes"],
    }  # fmt: skip
    assert {"export.plaintext", "browser.outbox"} <= set(entry.facts["changes"].split(", ")) <= set(moved)


def test_an_agent_an_outsider_and_a_former_operator_may_take_no_step(acme, olive, ada, mallory, oscar, now):
    is_on(acme, olive, now)
    User.objects.filter(id=oscar.id).update(is_active=False)

    members = (Actor.member(ada), Actor.member(mallory), Actor.system())
    for actor in (*members, Actor.operator(oscar), Actor.operator(ada.user)):
        for do, given in (
            (modes.switch_on, {"reason": "A", **AGREED}), (modes.ask_off, {"reason": "A"}),
            (modes.agree_off, {}), (modes.keep_on, {}),
        ):  # fmt: skip
            with pytest.raises(NotPermittedError):
                do(tenant=acme, mode="pci" if do is modes.switch_on else "hipaa", actor=actor, now=now, **given)
    assert (state(acme), state(acme, "pci")) == (ON, OFF)


@pytest.mark.parametrize("missing", ["reason", "agreement"])
def test_no_mode_begins_without_a_reason_and_where_the_agreement_lies(acme, olive, now, missing):
    decide_retention(acme, now)
    given = {"reason": "A clinic", **AGREED, missing: "  \n "}

    with pytest.raises(ReasonMissingError):
        step(modes.switch_on, acme, olive, now, **given)


@pytest.mark.parametrize(("mode", "days", "begins"), [
    ("hipaa", None, False), ("hipaa", 4000, True), ("pci", None, False), ("pci", 366, False), ("pci", 365, True),
])  # fmt: skip
def test_it_has_to_be_decided_first_how_long_chats_are_kept(acme, olive, now, mode, days, begins):
    if days is not None:
        decide_retention(acme, now, days=days)
    if begins:
        begin(acme, mode, Actor.member(olive), now)
        return

    with pytest.raises(modes.RequirementsMissingError) as refused:
        step(modes.switch_on, acme, olive, now, mode=mode, reason="Cards", **AGREED)
    assert refused.value.keys == ["retention"]
    assert state(acme, mode) == OFF


def test_under_a_mode_chats_are_not_kept_for_longer_than_it_lets_them(acme, olive, now):
    begin(acme, "pci", Actor.member(olive), now)
    given = {"tenant": acme, "record_class": RecordClass.CONVERSATION, "actor": Actor.member(olive), "now": now}

    for days in (None, 366):
        with pytest.raises(ModeWantsSpanError):
            set_policy(keep_days=days, **given)
    assert set_policy(keep_days=365, **given) == 365


def test_a_card_in_the_reason_and_beside_the_agreement_is_masked_before_it_is_kept(acme, olive, trail, now):
    decide_retention(acme, now)
    told = "vera@example.com sent 4111 1111 1111 1111"
    step(modes.switch_on, acme, olive, now, reason=told, agreement=told, agreed_on=AGREED["agreed_on"])

    masked = "[email] sent [card •••• 1111]"
    assert trail(acme, audit_events.MODE_SWITCHED)[0].facts["reason"] == masked
    with tenant_scope(acme):
        kept = ModeSwitch.objects.get()
    assert (kept.reason, kept.agreement) == (masked, masked)


def test_begun_twice_it_is_begun_once(acme, olive, oscar, trail, now):
    begin(acme, "hipaa", Actor.member(olive), now)

    assert step(modes.switch_on, acme, oscar, now, reason="At once", **AGREED) is None
    assert len(trail(acme, audit_events.MODE_SWITCHED)) == 1
    with tenant_scope(acme):
        assert ModeSwitch.objects.count() == 1


def test_a_mode_puts_new_rules_in_force_at_once_and_starts_a_rescan_and_its_courses(
    acme, oscar, now, monkeypatch, django_capture_on_commit_callbacks
):
    started = []
    monkeypatch.setattr(tasks.rescan_tenant, "apply_async", lambda **options: started.append(options))
    trained = []
    monkeypatch.setattr(tasks.train_tenant, "apply_async", lambda **options: trained.append(options))
    with django_capture_on_commit_callbacks(execute=True):
        assert rule_sets.current(acme).policy.name == "default"

    with django_capture_on_commit_callbacks(execute=True):
        begin(acme, "hipaa", Actor.operator(oscar), now)

    assert rule_sets.current(acme).policy.name == "hipaa"
    assert {sent["headers"]["hushdesk_tenant"] for sent in (*started, *trained)} == {str(acme.id)}
    # The second takes what other processes stored while they still knew the rules of before.
    assert [sent["countdown"] for sent in started] == [None, 2 * rule_sets.LIFETIME_S]
    assert len(trained) == 1


def test_every_owner_is_told_of_each_step(acme, olive, otto, now, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        is_on(acme, olive, now)
        ask_off(acme, olive, now)
        step(modes.agree_off, acme, otto, now)
        step(modes.keep_on, acme, olive, now)

    told = [mail for mail in mailoutbox if "mode" in mail.subject]
    assert len(told) == 2 * 5
    assert {mail.to[0] for mail in told} == {olive.user.email, otto.user.email}
    assert any("two people have agreed" in mail.body for mail in told)


def test_a_failing_entry_takes_the_step_back(acme, oscar, now, monkeypatch):
    decide_retention(acme, now)

    def fails(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(AuditEntry, "save", fails)
    with pytest.raises(RuntimeError):
        begin(acme, "hipaa", Actor.operator(oscar), now)

    assert state(acme) == OFF
    with tenant_scope(acme):
        assert not ModeSwitch.objects.exists()


def test_asked_to_end_it_holds_until_another_agreed_and_a_day_is_over(acme, olive, otto, now):
    is_on(acme, olive, now)
    ask_off(acme, olive, now)
    mode_progress.advance(acme.id, now=now + timedelta(days=3))
    assert state(acme) == DISABLING

    agreed_at = now + timedelta(days=3)
    step(modes.agree_off, acme, otto, agreed_at)
    mode_progress.advance(acme.id, now=agreed_at + NOTICE - timedelta(seconds=1))
    acme.refresh_from_db()
    assert policies.effective(acme, PLAINTEXT_EXPORT).value == "refused"

    assert mode_progress.advance(acme.id, now=agreed_at + NOTICE) == [("hipaa", OFF)]
    acme.refresh_from_db()
    assert (acme.hipaa_state, acme.factors_due_at) == (OFF, None)
    assert policies.effective(acme, PLAINTEXT_EXPORT).value == "allowed"
    assert mode_progress.advance(acme.id, now=agreed_at + NOTICE) == []


def test_nobody_agrees_to_what_they_asked_and_an_operator_not_to_an_operators(acme, olive, otto, oscar, now):
    is_on(acme, olive, now)
    ask_off(acme, olive, now)
    with pytest.raises(modes.SamePersonError):
        step(modes.agree_off, acme, olive, now)
    step(modes.agree_off, acme, oscar, now)
    step(modes.keep_on, acme, otto, now)

    another = User.objects.get(id=oscar.id)
    ask_off(acme, oscar, now)
    with pytest.raises(modes.SamePersonError):
        step(modes.agree_off, acme, another, now)
    with tenant_scope(acme):
        ModeSwitch.objects.filter(ended_at=None).update(asked_person=uuid4())
    with pytest.raises(modes.OwnerNeededError):
        step(modes.agree_off, acme, oscar, now)
    step(modes.agree_off, acme, olive, now)


def test_an_operator_who_is_an_owner_too_is_one_person(acme, olive, now):
    is_on(acme, olive, now)
    User.objects.filter(id=olive.user_id).update(is_operator=True)
    ask_off(acme, olive, now)

    with pytest.raises(modes.SamePersonError):
        step(modes.agree_off, acme, User.objects.get(id=olive.user_id), now)


def test_any_owner_keeps_it_on_alone_and_it_is_again_what_it_was(acme, olive, otto, trail, now):
    begin(acme, "hipaa", Actor.member(olive), now)
    ask_off(acme, olive, now)
    step(modes.agree_off, acme, otto, now)

    assert step(modes.keep_on, acme, otto, now + timedelta(hours=23)) == ENABLING

    assert trail(acme, audit_events.MODE_SWITCHED)[-1].facts["taken_back"] is True
    assert mode_progress.advance(acme.id, now=now + NOTICE) == [("hipaa", ON)]
    for do in (modes.keep_on, modes.agree_off):
        with pytest.raises(modes.NotInThatStateError):
            step(do, acme, otto, now)


def test_what_nobody_agrees_to_within_a_week_is_over(acme, olive, otto, now):
    is_on(acme, olive, now)
    ask_off(acme, olive, now)
    with pytest.raises(modes.NotInThatStateError):
        step(modes.agree_off, acme, otto, now + ASKED_FOR)

    assert mode_progress.advance(acme.id, now=now + ASKED_FOR) == [("hipaa", ON)]
    with tenant_scope(acme):
        assert ModeSwitch.objects.get(turns_on=False).ended_as == SwitchEnd.LAPSED


def test_switched_off_before_it_was_on_it_leaves_nothing_under_way(acme, olive, otto, now):
    begin(acme, "hipaa", Actor.member(olive), now)
    ask_off(acme, olive, now)
    step(modes.agree_off, acme, otto, now)
    mode_progress.advance(acme.id, now=now + NOTICE)

    assert state(acme) == OFF
    with tenant_scope(acme):
        assert ModeSwitch.objects.get(turns_on=True).ended_as == SwitchEnd.OUTDATED
    begin(acme, "hipaa", Actor.member(otto), now + NOTICE)


def test_on_while_it_is_being_switched_off_is_refused_and_off_while_it_is_off(acme, olive, oscar, now):
    with pytest.raises(modes.NotInThatStateError):
        ask_off(acme, oscar, now)
    is_on(acme, olive, now)
    ask_off(acme, oscar, now)
    assert ask_off(acme, olive, now) is None

    with pytest.raises(modes.NotInThatStateError):
        step(modes.switch_on, acme, olive, now, reason="No", **AGREED)


def test_one_mode_is_switched_on_while_the_other_ends(acme, olive, otto, now):
    is_on(acme, olive, now)
    due = Tenant.objects.get(id=acme.id).factors_due_at
    ask_off(acme, olive, now)
    step(modes.agree_off, acme, otto, now)
    begin(acme, "pci", Actor.member(otto), now)

    assert mode_progress.advance(acme.id, now=now + NOTICE) == [("hipaa", OFF), ("pci", ON)]
    acme.refresh_from_db()
    assert acme.factors_due_at == due
    assert policies.effective(acme, PLAINTEXT_EXPORT).held_by == ("pci",)


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.CLOSING])
def test_a_suspended_or_closing_organisation_takes_no_step_and_goes_on_afterwards(acme, olive, oscar, now, status):
    begin(acme, "hipaa", Actor.member(olive), now)
    Tenant.objects.filter(id=acme.id).update(status=status)

    with pytest.raises(modes.OrganisationNotActiveError):
        ask_off(acme, oscar, now)
    with pytest.raises(modes.OrganisationNotActiveError):
        step(modes.switch_on, acme, oscar, now, mode="pci", reason="Cards", **AGREED)
    assert mode_progress.advance(acme.id, now=now + SETTLES_AFTER) == []

    if status == TenantStatus.SUSPENDED:
        set_tenant_state(tenant=acme, status=TenantStatus.ACTIVE, actor=Actor.operator(oscar), now=now)
        assert mode_progress.advance(acme.id, now=now + SETTLES_AFTER) == [("hipaa", ON)]


def test_the_database_holds_two_people_and_a_day(acme, olive, now):
    is_on(acme, olive, now)
    ask_off(acme, olive, now)
    agreed = {"approved_at": now, "approved_person": uuid4(), "due_at": now + NOTICE}
    bent = (
        {**agreed, "approved_person": olive.user_id},
        {**agreed, "due_at": now + timedelta(hours=23)},
        {"due_at": now},
        {"ended_at": now, "ended_as": "done"},
        {**agreed, "ended_at": now + timedelta(hours=23), "ended_as": "done"},
    )

    with tenant_scope(acme):
        asked = ModeSwitch.objects.filter(turns_on=False)
        for one in bent:
            with pytest.raises(IntegrityError), transaction.atomic():
                asked.update(**one)
        asked.update(**agreed, ended_at=now + NOTICE, ended_as="done")


@pytest.mark.parametrize("before", [ENABLING, ON])
def test_the_database_lets_no_mode_be_off_that_was_not_ending(acme, before):
    Tenant.objects.filter(id=acme.id).update(hipaa_state=before)

    with pytest.raises(IntegrityError), transaction.atomic():
        Tenant.objects.filter(id=acme.id).update(hipaa_state=OFF)
    cut_short(acme, "hipaa")
    assert state(acme) == OFF
