"""Whom an incident concerns: listed by what was found or by a search, as ids, each once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from chat.actions import incident_people
from chat.actions.incident_people import BadSearchError, NobodyFoundError, TooManyPeopleError, list_people
from chat.holds import HoldQuery
from compliance import audit_events, rescan, rule_sets
from compliance.actions.incidents import UnknownIncidentError
from compliance.models import AuditEntry, Incident, IncidentContact
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.factories.incidents import raised
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(acme, now):
    """An incident of one stored card, and a conversation in which nothing was found."""
    rule_sets.forget()
    rule_sets.current(acme)
    hit = store_conversation(acme, ["4111 1111 1111 1111"], at=now - timedelta(days=3), masked_with=0)
    other = store_conversation(acme, ["Hello"], at=now)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)
    with tenant_scope(acme):
        return Incident.objects.get(), hit, other


def listed(tenant):
    with tenant_scope(tenant):
        return {row.contact_id: row.found_by for row in IncidentContact.objects.order_by("id")}


def put(tenant, incident, member, now, query=None):
    with tenant_scope(tenant):
        return list_people(incident_id=incident.id, query=query, actor=member, now=now)


def test_who_wrote_what_was_found_is_listed_once(acme, olive, found, now):
    incident, hit, _ = found

    assert [put(acme, incident, olive, now) for _ in range(2)] == [1, 0]
    assert listed(acme) == {hit.contact_id: "records"}


def test_a_search_adds_others_and_leaves_an_entry_with_counts(acme, olive, found, now):
    incident, hit, other = found
    put(acme, incident, olive, now)

    assert put(acme, incident, olive, now, HoldQuery(began_from=(now - timedelta(days=9)).date())) == 1
    assert listed(acme) == {hit.contact_id: "records", other.contact_id: "query"}
    with tenant_scope(acme):
        entries = list(AuditEntry.objects.filter(event=audit_events.INCIDENT_PEOPLE_LISTED).order_by("at", "id"))
    assert [entry.facts["added"] for entry in entries] == [1, 1]


def test_a_search_of_everything_of_nothing_or_of_too_many_is_refused(acme, olive, found, now, monkeypatch):
    incident, *_ = found
    today = now.date()
    for query, refusal in (
        (HoldQuery(), BadSearchError),
        (HoldQuery(began_from=today, began_until=today - timedelta(days=1)), BadSearchError),
        (HoldQuery(began_until=today - timedelta(days=900)), NobodyFoundError),
    ):
        with pytest.raises(refusal):
            put(acme, incident, olive, now, query)
    monkeypatch.setattr(incident_people, "MOST", 1)
    with pytest.raises(TooManyPeopleError):
        put(acme, incident, olive, now, HoldQuery(began_until=today + timedelta(days=1)))


def test_neither_an_agent_nor_mallory_lists_anybody(acme, globex, ada, mallory, found, now):
    incident, *_ = found
    for member in (ada, mallory):
        with pytest.raises(NotPermittedError):
            put(acme, incident, member, now)


def test_another_organisations_incident_is_not_there(globex, found, now):
    from tests.factories.tenants import owner_of

    with pytest.raises(UnknownIncidentError):
        put(globex, found[0], owner_of(globex), now)


def test_the_page_lists_and_the_incident_leads_to_the_conversation(acme, olive, found, client, sign_in):
    incident, hit, _ = found
    browser = sign_in(client, olive)
    page = reverse("chat:incident_people", kwargs={"slug": "acme", "incident_id": incident.id})
    assert "Everybody in whose conversations something was found" in browser.get(page).text
    shown = browser.post(page, {"by": "records"}, follow=True).text

    assert reverse("chat:conversation", kwargs={"slug": "acme", "conversation_id": hit.id}) in shown
    assert "1 listed" in shown
    assert browser.post(page, {"by": "query"}).status_code == 422


def test_an_incident_without_texts_is_searched_for_alone(acme, olive, client, sign_in, now):
    incident = raised(acme, now)
    page = reverse("chat:incident_people", kwargs={"slug": "acme", "incident_id": incident.id})

    assert "something was found" not in sign_in(client, olive).get(page).text
