from datetime import timedelta

import pytest
from django.urls import reverse

from compliance import audit_events, purge
from compliance.actions.retention import ModeWantsSpanError, set_policy
from compliance.forms import RetentionForm
from compliance.models import RecordClass, RetentionPolicy
from tenants.actors import Actor
from tenants.models import ModeState, Tenant
from tenants.scoping import tenant_scope
from tests.compliance.conftest import purged
from tests.factories.stored import store_conversation

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def url(name="retention_page", slug="acme"):
    return reverse(f"compliance:{name}", kwargs={"slug": slug})


def switch(tenant, mode):
    """Put a mode on with nothing chosen, as an organisation may be that was in it before choices were asked for."""
    Tenant.objects.filter(id=tenant.id).update(**{f"{mode}_state": ModeState.ON})
    tenant.refresh_from_db()


def chosen(tenant):
    with tenant_scope(tenant):
        return dict(RetentionPolicy.objects.values_list("record_class", "keep_days"))


def test_an_owner_decides_for_each_class_and_every_change_is_recorded(client, sign_in, olive, acme, trail):
    page = sign_in(client, olive).post(url("retention"), {"conversation": "90", "form": "7"}, follow=True).text

    assert chosen(acme) == {"conversation": 90, "form": 7}
    assert "<strong>90 days</strong>" in page
    assert "Saved. The run of " in page
    assert [entry.facts["record_class"] for entry in trail(acme, audit_events.RETENTION_CHANGED)] == [
        "conversation", "form",
    ]  # fmt: skip


def test_what_would_go_is_shown_and_nothing_is_changed(client, sign_in, olive, acme, now):
    for age in (5, 15, 45):
        store_conversation(acme, ["a", "b"], at=now - age * DAY)

    # Looking asks for no second factor.
    page = sign_in(client, olive, fresh=False).post(url("retention"), {"conversation": "10", "step": "look"}).text

    assert chosen(acme) == {}
    assert "messages 4" in page
    assert "messages 6" in page
    with tenant_scope(acme):
        assert purge.purge_expired(acme.id) is None


def test_a_bad_span_is_an_error_of_its_field(client, sign_in, olive, acme):
    answer = sign_in(client, olive).post(url("retention"), {"conversation": "0", "form": "soon"})

    assert answer.status_code == 422
    assert answer.text.count("errorlist") == 2
    assert chosen(acme) == {}


def test_an_agent_does_not_decide_and_does_not_see_the_page(client, sign_in, ada):
    browser = sign_in(client, ada)

    assert browser.get(url()).status_code == 403
    assert browser.post(url("retention"), {"conversation": "1"}).status_code == 403


def test_another_organisations_page_is_not_there(client, sign_in, mallory, acme):
    browser = sign_in(client, mallory)

    assert browser.get(url()).status_code == 404
    assert browser.post(url("retention"), {"conversation": "1"}).status_code == 404
    assert chosen(acme) == {}


def test_a_mode_wants_a_choice_and_does_not_let_it_be_taken_back(client, sign_in, olive, oscar, acme, now):
    switch(acme, "hipaa")
    browser = sign_in(client, olive)

    assert "wants you to say how long (45 CFR 164.310(d)(2)(i))" in browser.get(url()).text
    browser.post(url("retention"), {"conversation": "300"})
    emptied = browser.post(url("retention"), {})

    assert emptied.status_code == 422
    assert "HIPAA mode wants a number of days." in emptied.text
    assert chosen(acme) == {"conversation": 300}


def test_under_pci_mode_the_form_takes_a_year_at_most(acme, oscar, now):
    switch(acme, "pci")
    acme.refresh_from_db()

    with tenant_scope(acme):
        longer, shorter = (RetentionForm({"conversation": days}, tenant=acme) for days in ("366", "365"))

        assert longer.errors["conversation"] == ["PCI mode wants a number of days of at most 365 days."]
        assert shorter.is_valid()


def test_no_way_around_the_page_gives_a_longer_time_under_pci(acme, olive, oscar, now):
    keep = {"tenant": acme, "record_class": RecordClass.CONVERSATION, "actor": Actor.member(olive), "now": now}
    set_policy(keep_days=4000, **keep)
    switch(acme, "pci")
    store_conversation(acme, at=now - 366 * DAY)
    store_conversation(acme, at=now - 364 * DAY)

    for days in (None, 366):
        with pytest.raises(ModeWantsSpanError):
            set_policy(keep_days=days, **keep)

    # Chosen before the mode was on, it counts no longer.
    assert purged(acme).counts["conversations"] == 1


def test_under_pci_mode_what_is_over_a_year_old_goes_without_a_choice(acme, oscar, now):
    store_conversation(acme, at=now - 366 * DAY)
    switch(acme, "pci")

    assert purged(acme).counts["conversations"] == 1


def test_under_hipaa_mode_nothing_goes_without_a_choice(acme, oscar, now):
    store_conversation(acme, at=now - 4000 * DAY)
    switch(acme, "hipaa")

    assert purged(acme) is None


def test_the_page_tells_runs_and_until_when_backups_hold_what_went(client, sign_in, olive, acme, now, settings):
    settings.BACKUP_KEEP_DAYS = 12
    store_conversation(acme, ["a", "b"], at=now - 40 * DAY)
    set_policy(
        tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=30, actor=Actor.member(olive), now=now
    )  # fmt: skip
    purged(acme)

    page = sign_in(client, olive).get(url()).text

    assert "2 records" in page
    assert "messages 2" in page
    assert "Kept 12 days" in page
