"""The page of modes: what each holds and asks for, its steps, how far it is, and its certificates."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from compliance import audit_events, mode_progress
from compliance.mode_progress import SETTLES_AFTER
from compliance.models import JobRun
from tenants.actors import Actor
from tenants.models import ModeState, Tenant, TenantStatus
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.modes import begin, decide_retention
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
GIVEN = {"reason": "A clinic signed up", "agreement": "Folder seven", "agreed_on": "2026-01-02"}


def url(name="modes", *args, slug="acme"):
    return reverse(f"compliance:{name}", args=[slug, *args])


def given(step="on", mode="hipaa", **fields):
    return {f"{mode}-{step}-{name}": value for name, value in fields.items()}


@pytest.fixture
def desk(client, sign_in, olive):
    return sign_in(client, olive)


def state(tenant):
    return Tenant.objects.get(id=tenant.id).hipaa_state


def test_it_says_what_each_mode_is_holds_and_waits_for(desk):
    page = desk.get(url()).text

    for told in (
        "HIPAA mode", "PCI mode", "45 CFR 164.312(a)(2)(iii)", "PCI DSS 8.2.8", "15 minutes",
        "It is decided how long conversations are kept", "Once this is done, it can be switched on here.",
        "Networks or browsers are limited", "365 days at most",
    ):  # fmt: skip
        assert told in page
    assert f'href="{url("retention_page")}"' in page


def test_an_owner_switches_it_on_and_sees_how_far_it_is_until_it_is(desk, acme, olive, now):
    decide_retention(acme, now)
    answer = desk.post(url("mode_on", "hipaa"), given(**GIVEN), follow=True).text
    assert "HIPAA mode holds from now on" in answer
    assert "Not yet: 0 %" in answer
    assert state(acme) == ModeState.ENABLING

    with tenant_scope(acme):
        JobRun.objects.create(
            tenant=acme, kind="rescan", looked_at=63, total=100, started_at=now, moved_at=now + timedelta(minutes=1)
        )
    moving = desk.get(url("mode_progress", "hipaa")).text
    assert "Not yet: 63 %" in moving
    assert 'hx-trigger="every 5s"' in moving

    mode_progress.advance(acme.id, now=now + timedelta(minutes=5))
    assert "hx-trigger" not in desk.get(url("mode_progress", "hipaa")).text
    assert "Certificate 1" in desk.get(url()).text


@pytest.mark.parametrize("missing", ["reason", "agreement", "agreed_on"])
def test_what_is_missing_is_an_error_of_its_field_and_what_was_typed_stays(desk, acme, now, missing):
    decide_retention(acme, now)

    answer = desk.post(url("mode_on", "hipaa"), given(**{**GIVEN, missing: ""}))

    assert answer.status_code == 422
    assert "errorlist" in answer.text
    assert "Folder seven" in answer.text or missing == "agreement"
    assert state(acme) == ModeState.OFF


def test_an_agreement_of_a_day_to_come_is_none(desk, acme, now):
    decide_retention(acme, now)
    day = (now + timedelta(days=2)).date().isoformat()

    assert "still to come" in desk.post(url("mode_on", "hipaa"), given(**{**GIVEN, "agreed_on": day})).text


def test_two_owners_switch_it_off_and_everybody_sees_that_it_is_to_end(desk, acme, olive, ada, now, client, sign_in):
    second = make_member(acme, "Otto", Role.OWNER, now=now)
    begin(acme, "hipaa", Actor.member(olive), now)
    asked = desk.post(url("mode_off", "hipaa"), given("off", reason="The clinic left"), follow=True).text
    assert "Another person has to agree" in asked
    assert url("mode_agree", "hipaa") not in asked, "whoever asked is not offered to agree"
    refused = desk.post(url("mode_agree", "hipaa"), follow=True).text
    assert "another person than the one who asked" in refused

    sign_in(client, ada)
    assert "HIPAA mode is to be switched off" in client.get(reverse("organisation:settings", args=["acme"])).text

    otto = sign_in(client, second)
    assert "The clinic left" in otto.get(url()).text
    assert "ends in 24 hours" in otto.post(url("mode_agree", "hipaa"), follow=True).text
    assert "HIPAA mode is kept" in otto.post(url("mode_keep", "hipaa"), follow=True).text
    assert state(acme) == ModeState.ENABLING


def test_a_certificate_is_downloaded_and_that_is_recorded(desk, acme, olive, now, trail):
    begin(acme, "hipaa", Actor.member(olive), now)
    mode_progress.advance(acme.id, now=now + SETTLES_AFTER)

    answer = desk.get(url("mode_certificate", "hipaa", 1))

    assert answer["Content-Disposition"] == 'attachment; filename="acme-hipaa-certificate-1.json"'
    assert json.loads(answer.content)["certificate"]["mode"] == "hipaa"
    assert len(trail(acme, audit_events.CERTIFICATE_READ)) == 1
    assert desk.get(url("mode_certificate", "hipaa", 2)).status_code == 404


def test_an_auditor_reads_and_switches_nothing(client, sign_in, acme, olive, now):
    begin(acme, "hipaa", Actor.member(olive), now)
    auditor = sign_in(client, make_member(acme, "Aude", Role.AUDITOR, now=now))

    page = auditor.get(url()).text

    assert "What it holds" in page
    assert "Ask to switch" not in page
    for step in ("on", "off", "agree", "keep"):
        assert auditor.post(url(f"mode_{step}", "hipaa"), given(step, **GIVEN)).status_code == 403


def test_an_agent_has_no_such_page_and_mallory_no_such_organisation(client, sign_in, ada, mallory):
    assert sign_in(client, ada).get(url()).status_code == 403
    sign_in(client, mallory)
    for name, *args in (("modes",), ("mode_progress", "hipaa"), ("mode_certificate", "hipaa", 1)):
        assert client.get(url(name, *args)).status_code == 404
    for step in ("on", "off", "agree", "keep"):
        assert client.post(url(f"mode_{step}", "hipaa"), given(step, **GIVEN)).status_code == 404


def test_there_is_no_third_mode(desk):
    assert desk.post(url("mode_keep", "gdpr")).status_code == 404
    assert desk.get(url("mode_progress", "gdpr")).status_code == 404


def test_under_pci_mode_chats_cannot_be_kept_for_longer_on_the_page(client, sign_in, acme, now, oscar):
    officer = sign_in(client, make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now))
    begin(acme, "pci", Actor.operator(oscar), now)

    answer = officer.post(url("retention"), {"conversation": "400"})

    assert answer.status_code == 422
    assert "PCI mode wants a number of days of at most 365 days." in answer.text


def test_what_a_mode_holds_is_said_beside_each_setting(desk, acme, olive, now):
    begin(acme, "hipaa", Actor.member(olive), now)

    page = desk.get(reverse("organisation:sign_in_policies", args=["acme"])).text

    assert "At least this: held by HIPAA mode (45 CFR 164.312(a)(2)(iii))" in page
    assert '<option value="240"' not in page


def test_of_a_closing_organisation_there_is_nothing_to_switch(desk, acme):
    Tenant.objects.filter(id=acme.id).update(status=TenantStatus.CLOSING)

    assert desk.post(url("mode_on", "hipaa"), given(**GIVEN)).status_code == 302
    assert state(acme) == ModeState.OFF
