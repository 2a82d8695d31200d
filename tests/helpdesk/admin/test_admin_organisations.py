"""Organisations in the admin: changed by their actions, with a reason, and recorded."""

import pytest

from compliance import audit_events
from compliance.models import AuditEntry, RecordClass, RetentionPolicy
from tenants.models import ModeState
from tenants.scoping import tenant_scope
from tests.helpdesk.admin.conftest import entries, page, save_organisation

pytestmark = pytest.mark.django_db(transaction=True)


def test_organisations_are_listed_as_a_whole(operator, acme, globex):
    answer = operator.get(page("tenants_tenant_changelist"))

    assert "Acme" in answer.text
    assert "Globex" in answer.text


def test_no_organisation_is_added_or_deleted_in_the_admin(operator, acme):
    assert operator.get(page("tenants_tenant_add")).status_code == 403
    assert operator.post(page("tenants_tenant_delete", acme.id), {"post": "yes"}).status_code == 403


def test_state_region_and_retention_are_changed_by_their_actions_and_recorded(operator, oscar, acme):
    answer = save_organisation(operator, acme, region="ca", status="suspended", keep_days="90")

    assert answer.status_code == 302
    acme.refresh_from_db()
    assert (acme.region, acme.status) == ("ca", "suspended")
    with tenant_scope(acme):
        assert RetentionPolicy.objects.get(record_class=RecordClass.CONVERSATION).keep_days == 90
    for event in (
        audit_events.TENANT_REGION_CHANGED, audit_events.TENANT_STATE_CHANGED, audit_events.RETENTION_CHANGED,
    ):  # fmt: skip
        (entry,) = entries(acme, event)
        assert (entry.actor_kind, entry.actor_id) == ("operator", oscar.id)


def test_saving_without_a_change_records_nothing(operator, acme):
    before = len(entries(acme, audit_events.TENANT_OPENED))
    save_organisation(operator, acme)

    with tenant_scope(acme):
        assert AuditEntry.objects.count() == before


def test_a_name_or_mode_smuggled_into_the_form_changes_nothing(operator, acme):
    save_organisation(operator, acme, name="Evil", slug="evil", hipaa_state="on", pci_state="on")

    acme.refresh_from_db()
    assert (acme.name, acme.slug, acme.hipaa_state, acme.pci_state) == ("Acme", "acme", "off", "off")


def test_a_span_out_of_range_is_an_error_of_its_field(operator, acme):
    answer = save_organisation(operator, acme, keep_days="0")

    assert answer.status_code == 200
    assert "greater than or equal to 1" in answer.text


@pytest.mark.parametrize(("mode", "name"), [("hipaa", "HIPAA mode"), ("pci", "PCI mode")])
def test_a_mode_is_switched_on_and_off_with_a_reason_each_time(operator, oscar, acme, mode, name):
    url = page("tenants_tenant_switch_mode", acme.id, mode, "on")
    shown = operator.get(page("tenants_tenant_change", acme.id)).text
    assert f'href="{url}"' in shown

    asked = operator.get(url).text
    assert f"Switch {name} on" in asked
    assert "Refused" in asked
    assert "First: " in asked, "how long chats are kept is not decided yet"
    given = {"reason": "A clinic signed up", "agreement": "Folder seven", "agreed_on": "2026-01-02"}
    assert "has to be decided first" in operator.post(url, given, follow=True).text
    save_organisation(operator, acme, keep_days="90")
    assert operator.post(url, given, follow=True).status_code == 200
    acme.refresh_from_db()
    assert getattr(acme, f"{mode}_state") == ModeState.ENABLING
    assert "not yet: 0 %" in operator.get(page("tenants_tenant_change", acme.id)).text

    assert "is on already" in operator.post(url, {**given, "reason": "Pressed twice"}, follow=True).text
    off = page("tenants_tenant_switch_mode", acme.id, mode, "off")
    operator.post(off, {"reason": "The clinic left"})
    acme.refresh_from_db()
    assert getattr(acme, f"{mode}_state") == ModeState.DISABLING
    shown = operator.get(page("tenants_tenant_change", acme.id)).text
    assert "waits for another person to agree" in shown
    assert f"Agree to switch {name} off" not in shown, "an operator asked, so an owner agrees"
    told = operator.post(page("tenants_tenant_switch_mode", acme.id, mode, "agree"), follow=True).text
    assert "another person than the one who asked" in told
    operator.post(page("tenants_tenant_switch_mode", acme.id, mode, "keep"))
    acme.refresh_from_db()
    assert getattr(acme, f"{mode}_state") == ModeState.ENABLING
    recorded = entries(acme, audit_events.MODE_SWITCHED)
    assert [(e.facts["mode"], e.facts["state"], e.facts.get("reason")) for e in recorded] == [
        (mode, "enabling", "A clinic signed up"), (mode, "disabling", "The clinic left"), (mode, "enabling", None),
    ]  # fmt: skip
    assert {e.actor_id for e in recorded} == {oscar.id}


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_the_mode_stays_and_the_form_says_so(operator, acme, reason):
    answer = operator.post(page("tenants_tenant_switch_mode", acme.id, "hipaa", "on"), {"reason": reason})

    assert answer.status_code == 422
    assert "Say why" in answer.text
    acme.refresh_from_db()
    assert acme.hipaa_state == ModeState.OFF


def test_an_unknown_mode_or_organisation_is_not_found(operator, acme, oscar):
    for arguments in ((acme.id, "gdpr", "on"), (oscar.id, "hipaa", "on"), (acme.id, "hipaa", "disabling")):
        assert operator.get(page("tenants_tenant_switch_mode", *arguments)).status_code == 404
