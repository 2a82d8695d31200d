"""What runs by the clock is watched: what is missed or fails is an incident and a mail, once until it works."""

import json
from datetime import timedelta

import pytest
from celery import current_app
from django.core.management import CommandError, call_command

from compliance import audit_events, tasks
from compliance.actions.organisations import set_tenant_state
from compliance.anchoring import anchor as anchoring
from compliance.anchoring import keys
from compliance.controls import noting, selectors, watch
from compliance.controls.table import BY_TASK, CONTROLS, FAILED, OF_SERVICE, TOLD_AFTER
from compliance.models import ControlRun, Incident, IncidentCause, OperatorEntry, ServiceControl
from tenants.actors import Actor
from tenants.models import TenantStatus
from tenants.scoping import tenant_scope
from tenants.tasks_base import GlobalTask, TenantTask

pytestmark = pytest.mark.django_db
#: Jobs that beat starts and that are no control: what they do for visitors and people shows by itself.
NO_CONTROL = {
    "compliance.take_up_purges", "compliance.close_due_tenants", "compliance.seal_every_tenant",
    "compliance.anchor_audit", "compliance.take_up_every_tenants_evidence",
}  # fmt: skip


def rows(tenant):
    with tenant_scope(tenant):
        return {row.control: row for row in ControlRun.objects.order_by("control")}


def causes(tenant):
    with tenant_scope(tenant):
        return list(Incident.objects.order_by("about").values_list("cause", "about", "records"))


def purged(tenant, now, error=""):
    noting.task_ended("compliance.purge_tenant", tenant.id, error, now=now)


def test_a_control_that_did_its_work_in_time_raises_nothing(acme, now):
    purged(acme, now)

    assert watch.look(acme, now=now) == []
    assert rows(acme)["purge"].last_ok_at == now


def test_one_that_was_missed_is_an_incident_and_a_mail_to_operators_once(acme, oscar, now, mailoutbox):
    purged(acme, now)
    for hours in (25, 27, 28):
        at = now + timedelta(hours=hours)
        for other in BY_TASK.values():
            if not other.of_service and other.key != "purge":
                noting.note(other.key, acme.id, "", now=at)
        watch.look(acme, now=at)
        watch.tell_operators(now=at, tenant=acme)

    assert causes(acme) == [(IncidentCause.CONTROL, "purge", 1)]
    assert [letter.to for letter in mailoutbox] == [["oscar@hushdesk.example"]]
    assert CONTROLS["purge"].title in mailoutbox[0].body


def test_one_that_was_never_seen_is_missed_from_when_it_was_first_looked_for(acme, now):
    assert watch.look(acme, now=now) == []
    assert "drift" in watch.look(acme, now=now + CONTROLS["drift"].limit + timedelta(seconds=1))


def test_one_that_fails_twice_in_a_row_is_raised_and_its_end_is_in_the_trail(acme, now, trail):
    for number in range(FAILED):
        assert watch.look(acme, now=now) == []
        purged(acme, now, f"Broken{number}Error")
    assert watch.look(acme, now=now) == ["purge"]

    purged(acme, now + timedelta(minutes=1))

    assert (rows(acme)["purge"].alarmed_at, rows(acme)["purge"].failures) == (None, 0)
    assert [entry.facts["control"] for entry in trail(acme, audit_events.CONTROL_OVER)] == ["purge"]
    assert watch.look(acme, now=now + timedelta(minutes=1)) == []


def test_what_is_watched_every_minute_is_not_written_every_time(acme, now):
    limit = CONTROLS["drift"].limit
    noting.note("drift", acme.id, "", now=now)
    noting.note("drift", acme.id, "", now=now + limit / 8)
    assert rows(acme)["drift"].last_ok_at == now

    noting.note("drift", acme.id, "", now=now + limit / 2)
    assert rows(acme)["drift"].last_ok_at == now + limit / 2


def test_a_drill_that_did_not_hold_is_raised_at_once_and_one_that_did_is_noted_each_time(now):
    noting.note("restoring", None, "keys", now=now)
    assert watch.look_at_service(now=now) == ["restoring"]

    for at in (now, now + timedelta(days=2)):
        noting.note("restoring", None, "", now=at)
        assert ServiceControl.objects.get(control="restoring").last_ok_at == at
    assert "restoring" not in watch.look_at_service(now=at + CONTROLS["restoring"].limit)
    assert "restoring" in watch.look_at_service(now=at + CONTROLS["restoring"].limit + timedelta(seconds=1))


def test_what_did_not_run_while_the_organisation_was_suspended_was_not_missed(acme, oscar, now):
    purged(acme, now)
    back = now + timedelta(days=9)
    set_tenant_state(tenant=acme, status=TenantStatus.SUSPENDED, actor=Actor.operator(oscar), now=now)
    set_tenant_state(tenant=acme, status=TenantStatus.ACTIVE, actor=Actor.operator(oscar), now=back)

    assert "purge" not in watch.look(acme, now=back)


def test_a_task_tells_how_it_ended_by_itself(acme, monkeypatch):
    class BrokenError(Exception):
        pass

    def broken(*_, **__):
        raise BrokenError

    task = tasks.purge_tenant.for_tenant(acme.id)
    with monkeypatch.context() as patched:
        patched.setattr(tasks.purge, "purge_expired", broken)
        with pytest.raises(BrokenError):
            task.run_here()
    assert (rows(acme)["purge"].failures, rows(acme)["purge"].why) == (1, "BrokenError")

    task.run_here()
    assert rows(acme)["purge"].failures == 0


def test_each_task_that_a_control_stands_for_is_there_and_of_its_kind():
    current_app.loader.import_default_modules()

    for name, control in BY_TASK.items():
        assert isinstance(current_app.tasks[name], GlobalTask if control.of_service else TenantTask), name


def test_what_beat_starts_of_ours_is_a_control_or_says_why_not():
    starts = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    ours = {name for name in starts if name.startswith("compliance.")} - NO_CONTROL - BY_TASK.keys()
    # What starts one for each organisation, by the name of what it starts.
    started = {
        "compliance.purge_every_tenant": "purge", "compliance.rescan_every_tenant": "rescan",
        "compliance.expire_every_trail": "expiry",
        "compliance.turn_every_tenants_keys": "keys", "compliance.train_every_tenant": "training",
        "compliance.watch_every_tenants_settings": "drift", "compliance.end_support_everywhere": "support",
        "compliance.remind_every_tenant": "reminders", "compliance.observe_every_tenants_controls": "evidence",
    }  # fmt: skip

    assert ours == started.keys()
    assert set(started.values()) <= CONTROLS.keys()


# --- of the service ------------------------------------------------------------------------------------------------


@pytest.fixture
def key(now):
    return keys.newest(now=now)


def test_an_anchor_that_cannot_be_kept_is_an_alarm_of_operators_and_later_an_incident_of_each(
    acme, oscar, key, now, mailoutbox
):
    watch.look_at_service(now=now)
    watch.look(acme, now=now)
    for minutes in range(0, 80, 5):
        at = now + timedelta(minutes=minutes)
        anchoring.raise_alarm(key, "folder", "OSError", at)
        for control in OF_SERVICE:
            if control.key != "anchor":
                noting.note(control.key, None, "", now=at)
        watch.look_at_service(now=at)
        watch.tell_operators(now=at)
        if minutes == 30:
            watch.look(acme, now=at)
            assert ("trail", "anchor", 1) not in causes(acme)
    watch.look(acme, now=now + TOLD_AFTER + timedelta(minutes=20))
    watch.look(acme, now=now + TOLD_AFTER + timedelta(minutes=20))

    assert len(mailoutbox) == 1
    alarms = OperatorEntry.objects.filter(event=audit_events.CONTROL_ALARM)
    assert [entry.facts["control"] for entry in alarms] == ["anchor"]
    assert ("trail", "anchor", 1) in causes(acme)


def test_it_is_over_when_an_anchor_was_kept(key, now):
    for _ in range(FAILED):
        anchoring.raise_alarm(key, "folder", "OSError", now)
    assert "anchor" in watch.look_at_service(now=now)

    anchoring.end_alarm(key, "folder", now + timedelta(minutes=5))

    assert ServiceControl.objects.get(control="anchor").alarmed_at is None
    assert OperatorEntry.objects.filter(event=audit_events.CONTROL_OVER).count() == 1


def test_a_monitor_outside_learns_of_it_by_a_command(now, capsys):
    call_command("check_controls", "--json")
    assert json.loads(capsys.readouterr().out) == {"ok": True, "amiss": []}

    ServiceControl.objects.create(control="watch", since=now - timedelta(days=1))
    with pytest.raises(CommandError, match="1 control"):
        call_command("check_controls", "--json")
    assert json.loads(capsys.readouterr().out) == {"ok": False, "amiss": ["watch"]}


def test_a_page_tells_what_works_what_is_expected_and_what_is_missed(acme, now):
    purged(acme, now)
    with tenant_scope(acme):
        found = {one.control.key: one for one in selectors.of_organisation(now=now + timedelta(days=3))}

    assert (found["purge"].is_missed, found["drift"].is_new) == (True, True)
    assert [one.control.key for one in selectors.amiss(list(found.values()))] == ["purge"]
