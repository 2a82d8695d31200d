import pytest

from compliance import audit_events, exports, rule_sets, tasks
from compliance.actions.modes import switch_mode
from compliance.actions.organisations import set_tenant_region, set_tenant_state
from compliance.actions.people import set_user_active
from compliance.actions.reasons import ReasonMissingError
from compliance.actions.retention import KeepDaysOutOfRangeError, set_policy
from compliance.models import AuditEntry, RecordClass, RetentionPolicy
from tenants import policies
from tenants.actors import Actor
from tenants.models import ModeState, Region, TenantStatus, User
from tenants.permissions import NotPermittedError
from tenants.policy_table import MODES, PLAINTEXT_EXPORT, POLICIES
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


def switch(tenant, actor, now, *, mode="hipaa", on=True, reason="A clinic signed up"):
    return switch_mode(tenant=tenant, mode=mode, on=on, reason=reason, actor=actor, now=now)


@pytest.mark.parametrize("mode", MODES)
def test_an_operator_switches_a_mode_with_a_reason_that_is_kept(acme, oscar, trail, now, mode):
    switch(acme, Actor.operator(oscar), now, mode=mode)

    acme.refresh_from_db()
    assert getattr(acme, f"{mode}_state") == ModeState.ON
    (entry,) = trail(acme, audit_events.MODE_SWITCHED)
    moved = [key for key, policy in POLICIES.items() if policies.effective(acme, key).value != policy.default]
    assert {"masking.profile", "export.plaintext", "browser.outbox"} <= set(moved)
    assert (entry.actor_kind, entry.actor_id) == ("operator", oscar.id)
    assert entry.facts == {
        "mode": mode, "state": "on", "reason": "A clinic signed up",
        "changes": ", ".join(moved),
    }  # fmt: skip


def test_an_owner_switches_a_mode_too(acme, olive, now):
    assert switch(acme, Actor.member(olive), now).hipaa_state == ModeState.ON


def test_an_agent_an_outsider_and_a_former_operator_may_not(acme, ada, mallory, oscar, now):
    User.objects.filter(id=oscar.id).update(is_active=False)

    members = (Actor.member(ada), Actor.member(mallory), Actor.system())
    for actor in (*members, Actor.operator(oscar), Actor.operator(ada.user)):
        with pytest.raises(NotPermittedError):
            switch(acme, actor, now)
    acme.refresh_from_db()
    assert acme.hipaa_state == ModeState.OFF


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_mode_is_not_switched_without_a_reason(acme, oscar, now, reason):
    with pytest.raises(ReasonMissingError):
        switch(acme, Actor.operator(oscar), now, reason=reason)


def test_a_card_in_the_reason_is_masked_before_it_is_kept(acme, oscar, trail, now):
    switch(acme, Actor.operator(oscar), now, reason="vera@example.com sent 4111 1111 1111 1111")

    assert trail(acme, audit_events.MODE_SWITCHED)[0].facts["reason"] == "[email] sent [card •••• 1111]"


def test_a_mode_that_is_already_so_leaves_no_entry(acme, oscar, trail, now):
    switch(acme, Actor.operator(oscar), now, on=False)

    assert trail(acme, audit_events.MODE_SWITCHED) == []


def test_switched_off_the_floor_no_longer_holds(acme, oscar, now):
    switch(acme, Actor.operator(oscar), now)
    tenant = switch(acme, Actor.operator(oscar), now, on=False, reason="The clinic left")

    assert policies.effective(tenant, PLAINTEXT_EXPORT).value == "allowed"


def test_a_switch_puts_new_rules_in_force_at_once_and_starts_a_rescan(
    acme, oscar, now, monkeypatch, django_capture_on_commit_callbacks
):
    started = []
    monkeypatch.setattr(tasks.rescan_tenant, "apply_async", lambda **options: started.append(options))
    with django_capture_on_commit_callbacks(execute=True):
        assert rule_sets.current(acme).policy.name == "default"

    with django_capture_on_commit_callbacks(execute=True):
        switch(acme, Actor.operator(oscar), now)

    assert rule_sets.current(acme).policy.name == "hipaa"
    assert {sent["headers"]["hushdesk_tenant"] for sent in started} == {str(acme.id)}
    # The second takes what other processes stored while they still knew the rules of before.
    assert [sent["countdown"] for sent in started] == [None, 2 * rule_sets.LIFETIME_S]


def test_a_failing_entry_takes_the_switch_back(acme, oscar, now, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(AuditEntry, "save", fails)
    with pytest.raises(RuntimeError):
        switch(acme, Actor.operator(oscar), now)

    acme.refresh_from_db()
    assert acme.hipaa_state == ModeState.OFF


def test_state_and_region_are_changed_by_operators_only_and_recorded(acme, olive, oscar, trail, now):
    operator = Actor.operator(oscar)
    set_tenant_region(tenant=acme, region=Region.CA, actor=operator, now=now)
    set_tenant_state(tenant=acme, status=TenantStatus.SUSPENDED, actor=operator, now=now)

    acme.refresh_from_db()
    assert (acme.region, acme.status) == ("ca", "suspended")
    assert trail(acme, audit_events.TENANT_REGION_CHANGED)[0].facts == {"before": "eu", "region": "ca"}
    assert trail(acme, audit_events.TENANT_STATE_CHANGED)[0].facts == {"before": "active", "state": "suspended"}
    with pytest.raises(NotPermittedError):
        set_tenant_state(tenant=acme, status=TenantStatus.ACTIVE, actor=Actor.member(olive), now=now)
    with pytest.raises(NotPermittedError):
        set_tenant_region(tenant=acme, region=Region.EU, actor=Actor.member(olive), now=now)


def keep(tenant, actor, days, now):
    return set_policy(tenant=tenant, record_class=RecordClass.CONVERSATION, keep_days=days, actor=actor, now=now)


def test_retention_is_set_changed_and_taken_back_and_each_is_recorded(acme, olive, trail, now):
    actor = Actor.member(olive)
    for days in (30, 30, 90, None, None):
        keep(acme, actor, days, now)

    told = [(e.facts["keep_days_before"], e.facts["keep_days"]) for e in trail(acme, audit_events.RETENTION_CHANGED)]
    assert told == [(None, 30), (30, 90), (90, None)]
    with tenant_scope(acme):
        assert not RetentionPolicy.objects.exists()


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_span_that_makes_no_sense_is_refused(acme, olive, now, days):
    with pytest.raises(KeepDaysOutOfRangeError):
        keep(acme, Actor.member(olive), days, now)


def test_an_agent_does_not_decide_how_long_chats_are_kept(acme, ada, sam, now):
    for member in (ada, sam):
        with pytest.raises(NotPermittedError):
            keep(acme, Actor.member(member), 30, now)


def test_a_person_is_shut_out_with_an_entry_in_each_of_their_organisations(acme, globex, ada, oscar, trail, now):
    epoch = ada.user.session_epoch

    person = set_user_active(user=ada.user, is_active=False, actor=Actor.operator(oscar), now=now)

    assert (person.is_active, person.session_epoch) == (False, epoch + 1)
    assert trail(acme, audit_events.MEMBER_CHANGED)[0].facts == {"is_active": False}
    assert trail(globex, audit_events.MEMBER_CHANGED) == []


def test_an_operator_cannot_shut_out_themselves(oscar, now):
    with pytest.raises(NotPermittedError):
        set_user_active(user=oscar, is_active=False, actor=Actor.operator(oscar), now=now)


@pytest.mark.parametrize("mode", MODES)
def test_a_plaintext_export_is_refused_under_a_mode_whoever_asks(acme, olive, oscar, trail, now, mode):
    switch(acme, Actor.operator(oscar), now, mode=mode)

    # Olive's membership still holds the organisation as it was before the switch.
    with tenant_scope(acme), pytest.raises(exports.PlaintextExportRefusedError, match=MODES[mode]):
        exports.export_conversations(membership=olive, now=now)
    assert trail(acme, audit_events.CONVERSATION_EXPORTED) == []


def test_an_agent_may_not_export(acme, ada, now):
    with tenant_scope(acme), pytest.raises(NotPermittedError):
        exports.export_conversations(membership=ada, now=now)
