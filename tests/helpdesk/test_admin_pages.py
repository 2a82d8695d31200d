"""The operators' admin: who gets in, what it shows of an organisation, and what it never shows."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from compliance import audit_events
from compliance.masking import MaskingPolicy, mask
from compliance.models import AuditEntry, Incident, JobKind, JobRun, RecordClass, RetentionPolicy
from compliance.sealed_text import seal_masked
from tenants.keyring.models import TenantKey
from tenants.keyring.scope import keys_scope
from tenants.models import ModeState, Tenant
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

# The operators' role has connections of its own, which see what is committed.
pytestmark = pytest.mark.django_db(transaction=True)

TENANT_LISTS = (
    "tenants_membership", "tenants_allowedorigin", "keyring_tenantkey", "compliance_auditentry", "compliance_jobrun",
    "compliance_ruleset", "chat_conversation", "compliance_rulesetproposal", "compliance_incident",
    "compliance_legalhold", "compliance_controlrun",
)  # fmt: skip


@pytest.fixture
def operator(client, oscar, sign_in):
    """Oscar's browser, signed in with both factors."""
    return sign_in(client, oscar)


def page(name, *arguments):
    return reverse(f"admin:{name}", args=arguments)


def entries(tenant, event):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event).order_by("at", "id"))


# --- who gets in -------------------------------------------------------------------------------------------


def test_an_operator_with_both_factors_sees_the_front_page(operator):
    answer = operator.get("/admin/")

    assert answer.status_code == 200
    assert "Hushdesk operators" in answer.text
    assert "recent-actions" not in answer.text


def test_a_stranger_is_led_to_the_sign_in_page(client):
    answer = client.get("/admin/tenants/tenant/", follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("accounts:sign_in"))


def test_an_operator_without_the_second_factor_is_led_to_it(client, oscar):
    client.force_login(oscar)

    answer = client.get("/admin/", follow=True)

    assert any(url.startswith(reverse("accounts:factor")) for url, _ in answer.redirect_chain)
    assert client.get("/admin/tenants/user/").status_code == 302


@pytest.mark.parametrize("url", ["/admin/", "/admin/login/", "/admin/tenants/tenant/", "/admin/tenants/user/"])
def test_an_owner_of_an_organisation_is_no_operator(client, olive, sign_in, url):
    answer = sign_in(client, olive).get(url, follow=True)

    assert answer.status_code == 403


def test_an_operator_who_was_shut_out_no_longer_gets_in(operator, oscar):
    type(oscar).objects.filter(id=oscar.id).update(is_active=False)

    assert operator.get("/admin/").status_code == 302


def test_only_our_models_are_there_and_none_holds_what_visitors_wrote(operator):
    shown = {model._meta.label for model in admin.site._registry}

    assert shown == {
        "tenants.Tenant", "tenants.User", "tenants.Membership", "tenants.AllowedOrigin", "keyring.TenantKey",
        "compliance.AuditEntry", "compliance.JobRun", "compliance.RuleSet", "compliance.MaskingRevision",
        "compliance.RuleSetProposal", "compliance.Incident", "chat.Conversation", "compliance.SupportGrant",
        "compliance.OperatorEntry", "compliance.OperatorReset", "compliance.LegalHold", "compliance.ControlRun",
        "compliance.ServiceControl", "compliance.SubProcessor", "compliance.RestoreDrill",
    }  # fmt: skip


def test_the_password_is_changed_where_everyone_changes_it(operator):
    assert operator.get("/admin/password_change/").url == reverse("accounts:change_password")


def test_the_policy_of_the_admin_is_strict_and_without_trusted_types(operator):
    policy = operator.get("/admin/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "trusted-types" not in policy
    assert re.search(r"script-src 'self'(;|$| 'nonce-[^']+')", policy)
    assert "require-trusted-types-for" in operator.get("/")["Content-Security-Policy"]


# --- organisations -----------------------------------------------------------------------------------------


def test_organisations_are_listed_as_a_whole(operator, acme, globex):
    answer = operator.get(page("tenants_tenant_changelist"))

    assert "Acme" in answer.text
    assert "Globex" in answer.text


def test_no_organisation_is_added_or_deleted_in_the_admin(operator, acme):
    assert operator.get(page("tenants_tenant_add")).status_code == 403
    assert operator.post(page("tenants_tenant_delete", acme.id), {"post": "yes"}).status_code == 403


def save_organisation(operator, acme, **changed):
    form = {"region": acme.region, "status": acme.status, "keep_days": "", **changed}
    return operator.post(page("tenants_tenant_change", acme.id), form)


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


# --- people ------------------------------------------------------------------------------------------------


def test_people_are_deactivated_and_let_back_in_by_the_action(operator, ada):
    url = page("tenants_user_changelist")
    operator.post(url, {"action": "deactivate", "_selected_action": [ada.user_id]})
    ada.user.refresh_from_db()
    assert not ada.user.is_active

    operator.post(url, {"action": "reactivate", "_selected_action": [ada.user_id]})
    ada.user.refresh_from_db()
    assert ada.user.is_active
    assert len(entries(ada.tenant, audit_events.MEMBER_CHANGED)) == 2


def test_an_operator_cannot_deactivate_themselves(operator, oscar):
    url = page("tenants_user_changelist")
    answer = operator.post(url, {"action": "deactivate", "_selected_action": [oscar.id]}, follow=True)

    assert "deactivate yourself" in answer.text
    assert "0 people" in answer.text


def test_a_person_is_looked_at_without_password_or_second_factor(operator, ada):
    shown = operator.get(page("tenants_user_change", ada.user_id)).text

    assert ada.user.email in shown
    assert ada.user.password not in shown
    assert "password" not in shown.lower().replace("change password", "").replace("password_change", "")


# --- rows of one organisation ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TENANT_LISTS)
def test_rows_of_organisations_are_shown_only_after_one_is_chosen(operator, acme, globex, name):
    asked = operator.get(page(f"{name}_changelist"))

    assert asked.status_code == 200
    assert "?organisation=acme" in asked.text
    assert "?organisation=globex" in asked.text
    assert operator.get(page(f"{name}_changelist") + "?organisation=acme").status_code == 200
    assert operator.get(page(f"{name}_changelist") + "?organisation=nobody").status_code == 404


def test_the_members_of_one_organisation_are_listed_and_no_others(operator, ada, mallory):
    listed = operator.get(page("tenants_membership_changelist") + "?organisation=acme").text

    assert "Ada" in listed
    assert "Mallory" not in listed


def test_a_row_of_another_organisation_is_not_found_through_the_chosen_one(operator, ada, mallory):
    def detail(membership, slug):
        filters = f"?_changelist_filters=organisation%3D{slug}"
        return operator.get(page("tenants_membership_change", membership.id) + filters)

    assert "Ada" in detail(ada, "acme").text
    assert (
        "Mallory"
        not in operator.get(
            page("tenants_membership_change", mallory.id) + "?_changelist_filters=organisation%3Dacme", follow=True
        ).text
    )
    assert operator.get(page("tenants_membership_change", ada.id)).status_code == 404


@pytest.mark.parametrize("name", TENANT_LISTS)
def test_rows_of_organisations_are_never_added_changed_or_deleted(operator, acme, ada, name):
    query = "?organisation=acme"
    assert operator.post(page(f"{name}_add") + query, {}).status_code == 403
    assert operator.post(page(f"{name}_change", ada.id) + query, {"role": "owner"}).status_code in (302, 403, 404)
    assert operator.post(page(f"{name}_delete", ada.id) + query, {"post": "yes"}).status_code in (403, 404)
    with tenant_scope(acme):
        assert type(ada).objects.get(id=ada.id).role == "agent"


def test_keys_are_shown_as_fingerprints_with_their_age(operator, acme):
    listed = operator.get(page("keyring_tenantkey_changelist") + "?organisation=acme").text
    with keys_scope(acme.id):
        keys = list(TenantKey.objects.all())

    assert len(keys) == 5
    for key in keys:
        assert key.fingerprint in listed
        assert bytes(key.wrapped).hex() not in listed
    detail = operator.get(page("keyring_tenantkey_change", keys[0].id) + "?organisation=acme").text
    assert keys[0].fingerprint in detail
    assert "0 days" in detail
    assert "wrapped" not in detail.replace("start of the sha-256 of the wrapped key", "").replace(
        "Start of the SHA-256 of the wrapped key", ""
    )


def test_the_audit_trail_of_one_organisation_is_listed_newest_first(operator, acme, globex):
    listed = operator.get(page("compliance_auditentry_changelist") + "?organisation=acme").text

    assert "tenant.opened" in listed
    assert str(acme.id) in listed
    assert str(globex.id) not in listed


def test_no_page_of_the_admin_shows_what_visitors_wrote(operator, oscar, acme, ada, now):
    words = "the quick brown visitor"
    conversation = store_conversation(acme, [words], at=now - timedelta(days=1))
    pages = ["/admin/", page("tenants_tenant_change", acme.id), page("tenants_user_change", oscar.id)]
    pages += [f"{page(f'{name}_changelist')}?organisation=acme" for name in TENANT_LISTS]

    for url in pages:
        shown = operator.get(url).text
        assert words not in shown
        assert str(conversation.contact_id) not in shown


# --- the admin's own log -----------------------------------------------------------------------------------


def test_the_admin_writes_no_log_of_its_own(operator, acme, ada):
    save_organisation(operator, acme, region="us")
    operator.post(page("tenants_user_changelist"), {"action": "deactivate", "_selected_action": [ada.user_id]})

    assert LogEntry.objects.count() == 0
    assert operator.get(page("tenants_tenant_history", acme.id)).status_code == 404


def test_the_admin_of_a_suspended_organisation_still_opens(operator, acme):
    Tenant.objects.filter(id=acme.id).update(status="suspended")

    assert operator.get(page("tenants_membership_changelist") + "?organisation=acme").status_code == 200


def test_no_page_follows_a_row_to_a_site_outside_its_organisation(operator, acme, ada):
    answer = operator.get(f"/admin/r/{ContentType.objects.get_for_model(ada).id}/{ada.id}/")

    assert answer.status_code == 404


# --- the re-scan, rule sets on trial, incidents ---------------------------------------------------------------


def test_an_operator_sees_how_far_a_rescan_is_pauses_it_and_lets_it_go_on(operator, acme, now):
    with tenant_scope(acme):
        run = JobRun.objects.create(
            tenant=acme, kind=JobKind.RESCAN, total=200, looked_at=50, changed=3, worked_ms=60_000, started_at=now,
            moved_at=now,
        )  # fmt: skip
    listed = page("compliance_jobrun_changelist") + "?organisation=acme"

    shown = operator.get(listed).text
    assert "25 %" in shown
    assert "about 3 min" in shown

    for action, state, event in (
        ("pause", "paused", "masking.rescan_paused"),
        ("resume", "running", "masking.rescan_resumed"),
    ):
        operator.post(listed, {"action": action, "_selected_action": str(run.id)})
        with tenant_scope(acme):
            assert JobRun.objects.get(id=run.id).state == state
        assert [entry.actor_kind for entry in entries(acme, event)] == ["operator"]


def test_an_operator_sees_an_incident_without_what_the_organisation_noted(operator, acme, now):
    with tenant_scope(acme):
        run = JobRun.objects.create(tenant=acme, kind=JobKind.RESCAN, state="done", started_at=now, moved_at=now)
        incident = Incident(
            tenant=acme, run=run, kinds={"CARD": 2}, records=1, let_pass_from=1, let_pass_to=1, found_with=2,
            opened_at=now, state="closed",
        )  # fmt: skip
        note = mask("A clerk of ours", MaskingPolicy.named("all"))
        incident.note = seal_masked(Incident.slot(acme.id, incident.id), note)
        incident.save()
    listed = operator.get(page("compliance_incident_changelist") + "?organisation=acme").text
    filters = "?_changelist_filters=organisation%3Dacme"
    shown = operator.get(page("compliance_incident_change", incident.id) + filters).text

    assert "CARD" in listed
    assert "A clerk of ours" not in listed + shown
