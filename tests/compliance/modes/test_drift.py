"""What is changed behind the application is raised, and put right; what the application writes is not."""

import pytest
from django.db import connection

from compliance import audit_events, drift, incident_mail, tasks
from compliance.actions.incidents import acknowledge
from compliance.actions.retention import set_policy
from compliance.models import Incident, ModeSwitch, RecordClass, RetentionPolicy
from helpdesk.celery import app
from tenants.actions.policies import choose
from tenants.actors import Actor
from tenants.models import ModeState, PolicyChoice, Tenant, TenantStatus
from tenants.policies import choices
from tenants.policy_names import SESSION_IDLE
from tenants.scoping import tenant_scope
from tests.factories.modes import begin, cut_short

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(acme, olive, now):
    """Acme, whose settings were written by the application and looked at."""
    with tenant_scope(acme):
        choose(key=SESSION_IDLE, value="30", actor=olive, now=now)
    set_policy(tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=90, actor=Actor.member(olive), now=now)
    assert drift.look(acme.id, now=now) is None
    return acme


def look(tenant, now):
    return drift.look(tenant.id, now=now)


def test_what_the_application_writes_is_no_drift(settled, olive, now):
    with tenant_scope(settled):
        choose(key=SESSION_IDLE, value="15", actor=olive, now=now)
    begin(settled, "hipaa", Actor.member(olive), now)

    assert look(settled, now) is None


@pytest.mark.parametrize("behind", [
    lambda: PolicyChoice.objects.filter(key=SESSION_IDLE).update(value="480"),
    lambda: PolicyChoice.objects.filter(key=SESSION_IDLE).delete(),
])  # fmt: skip
def test_a_choice_changed_behind_the_application_is_raised_and_put_back(settled, now, trail, behind):
    with tenant_scope(settled):
        behind()

    incident = look(settled, now)

    assert (incident.cause, incident.kinds, incident.records) == ("drift", {SESSION_IDLE: 1}, 1)
    with tenant_scope(settled):
        assert choices()[SESSION_IDLE] == "30"
    (entry,) = trail(settled, audit_events.POLICY_DRIFTED)
    assert (entry.facts["key"], entry.facts["put_right"]) == (SESSION_IDLE, "30")
    assert look(settled, now) is None


def test_a_choice_that_nobody_made_is_taken_away_and_its_words_are_kept_nowhere(settled, now, trail):
    with tenant_scope(settled):
        PolicyChoice.objects.create(tenant=settled, key="vera@example.com", value="4111111111111111", changed_at=now)

    look(settled, now)

    (entry,) = trail(settled, audit_events.POLICY_DRIFTED)
    assert (entry.facts["key"], entry.facts["found"], entry.facts["put_right"]) == ("unknown", "unknown", "none")
    with tenant_scope(settled):
        assert "vera@example.com" not in choices()


def test_retention_is_put_back_too(settled, now):
    with tenant_scope(settled):
        RetentionPolicy.objects.update(keep_days=9000)

    assert look(settled, now).kinds == {"retention.conversation": 1}
    with tenant_scope(settled):
        assert RetentionPolicy.objects.get().keep_days == 90


@pytest.mark.parametrize("state", [ModeState.OFF, ModeState.DISABLING, ModeState.ON])
def test_a_mode_written_otherwise_is_put_back(settled, olive, now, state):
    begin(settled, "hipaa", Actor.member(olive), now)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tenants_tenant SET hipaa_state = 'disabling' WHERE id = %s", [settled.id])
        cursor.execute("UPDATE tenants_tenant SET hipaa_state = %s WHERE id = %s", [state, settled.id])

    assert look(settled, now).kinds == {"mode.hipaa": 1}
    assert Tenant.objects.get(id=settled.id).hipaa_state == ModeState.ENABLING
    assert look(settled, now) is None


def test_a_mode_found_on_is_not_loosened_but_switched_on_in_earnest(settled, now):
    Tenant.objects.filter(id=settled.id).update(pci_state=ModeState.ON)

    assert look(settled, now).kinds == {"mode.pci": 1}

    assert Tenant.objects.get(id=settled.id).pci_state == ModeState.ENABLING
    with tenant_scope(settled):
        assert ModeSwitch.objects.get(mode="pci").asked_kind == "system"
    assert look(settled, now) is None


def test_a_choice_from_before_a_mode_that_is_taken_away_comes_back_no_weaker_than_the_mode(settled, olive, now):
    begin(settled, "hipaa", Actor.member(olive), now)
    with tenant_scope(settled):
        PolicyChoice.objects.filter(key=SESSION_IDLE).delete()

    look(settled, now)

    with tenant_scope(settled):
        assert choices()[SESSION_IDLE] == "15"
    assert look(settled, now) is None


def test_one_open_incident_takes_all_of_it_and_a_seen_one_none(settled, olive, now):
    def change():
        with tenant_scope(settled):
            PolicyChoice.objects.filter(key=SESSION_IDLE).update(value="480")
        return look(settled, now)

    first = change()
    assert change().id == first.id
    acknowledge(tenant=settled, incident_id=first.id, actor=Actor.member(olive), now=now)

    assert change().id != first.id
    with tenant_scope(settled):
        assert sorted(Incident.objects.values_list("records", flat=True)) == [1, 2]


def test_owners_are_told_by_a_mail_that_says_nothing_of_what(settled, now, mailoutbox):
    with tenant_scope(settled):
        PolicyChoice.objects.update(value="480")
    look(settled, now)

    assert incident_mail.tell_owners(settled, now=now) == 1
    assert "changed behind the application" in mailoutbox[-1].body


def test_the_first_look_takes_what_it_finds_and_says_so(acme, now, trail):
    assert look(acme, now) is None

    assert len(trail(acme, audit_events.POLICY_BASELINE)) == 1


def test_a_suspended_organisation_is_left_alone(settled, now):
    with tenant_scope(settled):
        PolicyChoice.objects.update(value="480")
    Tenant.objects.filter(id=settled.id).update(status=TenantStatus.SUSPENDED)

    assert look(settled, now) is None


def test_another_organisations_settings_are_not_touched(settled, globex, now):
    with tenant_scope(globex):
        before = choices()
        PolicyChoice.objects.filter(key=SESSION_IDLE).delete()
    with tenant_scope(settled):
        PolicyChoice.objects.filter(key=SESSION_IDLE).delete()

    look(settled, now)

    with tenant_scope(globex):
        assert choices() == before


def test_the_watch_is_on_beat_often_enough_for_five_minutes(settled, now):
    (entry,) = [
        one for one in app.conf.beat_schedule.values() if one["task"] == tasks.watch_every_tenants_settings.name
    ]
    minutes = sorted(entry["schedule"].minute)
    assert max(after - before for before, after in zip(minutes, [*minutes[1:], minutes[0] + 60], strict=True)) < 5

    with tenant_scope(settled):
        PolicyChoice.objects.update(value="480")
    tasks.watch_settings.for_tenant(settled.id).run_here()
    with tenant_scope(settled):
        assert Incident.objects.filter(cause="drift").count() == 1


def test_cut_short_by_hand_a_mode_comes_back(settled, olive, now):
    begin(settled, "hipaa", Actor.member(olive), now)
    cut_short(settled, "hipaa")

    look(settled, now)

    assert Tenant.objects.get(id=settled.id).hipaa_state == ModeState.ENABLING
