"""A mode's way from off to on: who may, what has to be there, and what holds from then on."""

import pytest

from compliance import audit_events, rule_sets, tasks
from compliance.actions import modes
from compliance.actions.reasons import ReasonMissingError
from compliance.actions.retention import ModeWantsSpanError, set_policy
from compliance.models import ModeSwitch, RecordClass
from tenants import policies
from tenants.actors import Actor
from tenants.models import User
from tenants.permissions import NotPermittedError
from tenants.policy_rows.row import MODES
from tenants.policy_table import POLICIES
from tenants.scoping import tenant_scope
from tests.compliance.modes.steps.conftest import ENABLING, OFF, ON, ask_off, is_on, state, step
from tests.factories.modes import AGREED, begin, decide_retention

pytestmark = pytest.mark.django_db


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

    monkeypatch.setattr("compliance.audit._insert", fails)
    with pytest.raises(RuntimeError):
        begin(acme, "hipaa", Actor.operator(oscar), now)

    assert state(acme) == OFF
    with tenant_scope(acme):
        assert not ModeSwitch.objects.exists()
