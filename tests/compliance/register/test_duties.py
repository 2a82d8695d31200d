"""Who does what: each side with how it stands now, and where it is put right."""

from datetime import timedelta

import pytest
from django.urls import reverse

from compliance import duties
from compliance.actions.retention import set_policy
from compliance.controls import noting
from compliance.models import IncidentCause, RecordClass
from tenants.actors import Actor
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.incidents import raised
from tests.factories.modes import begin
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db


def yours(tenant, now):
    with tenant_scope(tenant):
        return {one.title: one.is_met for share in duties.shares(tenant, now=now) for one in share.yours}


def test_a_duty_is_met_when_it_is_done(acme, olive, now):
    assert yours(acme, now)["Decide how long chats are kept"] is False
    set_policy(tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=90, actor=Actor.member(olive), now=now)
    assert yours(acme, now)["Decide how long chats are kept"] is True


def test_what_waits_is_to_be_done(acme, now):
    raised(acme, now, IncidentCause.PERSON)
    late = yours(acme, acme.created_at + timedelta(days=200))

    assert late["Decide whether an incident is a breach"] is False
    assert late["Tell whom the law names, in time"] is False
    assert late["Review who has access, and sign for it"] is False


def test_a_mode_adds_what_it_asks_for(acme, olive, now):
    before = yours(acme, now)
    begin(acme, "pci", Actor.member(olive), now)
    acme.refresh_from_db()

    assert {"Owners have a passkey", "Networks or browsers are limited"} <= yours(acme, now).keys() - before.keys()


def test_a_control_that_is_missed_is_amiss(acme, now):
    noting.note("purge", acme.id, "", now=now)
    with tenant_scope(acme):
        found = {one.title: one.state for each in duties.shares(acme, now=now + timedelta(days=2)) for one in each.ours}

    assert sorted(set(found.values())) == ["amiss", "expected", "works"]


def test_each_duty_leads_to_a_page_that_is_there(acme, olive, client, sign_in, now):
    browser = sign_in(client, olive)
    with tenant_scope(acme):
        pages = {one.page for share in duties.shares(acme, now=now) for one in share.yours}
    for page in sorted(pages):
        assert browser.get(reverse(page, kwargs={"slug": "acme"})).status_code == 200, page
    shown = browser.get(reverse("compliance:duties", kwargs={"slug": "acme"})).text
    assert "Who does what" in shown


def test_an_auditor_sees_it_without_ways_that_are_closed_to_them(acme, client, sign_in, ada, now):
    page = reverse("compliance:duties", kwargs={"slug": "acme"})
    auditor = make_member(acme, "Aud", Role.AUDITOR, now=now)
    assert "settings/retention/" not in sign_in(client, auditor).get(page).text
    assert sign_in(client, ada).get(page).status_code == 403
