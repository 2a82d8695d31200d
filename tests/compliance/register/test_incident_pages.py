"""The pages of the register: who reports, who decides, and what is handed over."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from compliance import audit_events
from compliance.actions import incidents
from compliance.models import Incident, IncidentCause, IncidentClock, IncidentLine
from tenants.actors import Actor
from tenants.scoping import tenant_scope
from tests.factories.incidents import decided, raised

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"
BREACH = {"decision": "breach", "risk": "high", "people": "3", "laws": ["gdpr", "us_tx"], "concerned": ["contact"]}


def url(name, **arguments):
    return reverse(f"compliance:{name}", kwargs={"slug": "acme", **arguments})


@pytest.fixture
def browser(client, sign_in, olive):
    return sign_in(client, olive)


@pytest.fixture
def incident(acme, now):
    return raised(acme, now)


def test_an_empty_register_says_what_will_stand_there(browser):
    shown = browser.get(url("incidents")).text

    assert "No incidents" in shown
    assert "Erasing what is past its retention" in shown


@pytest.fixture
def listed(browser):
    """Return which incidents the list has, by how they are called, under filters."""

    def listed(**query):
        page = browser.get(url("incidents"), query)
        return page, re.findall(r">Incident ([0-9A-Z-]+)</a>", page.text)

    return listed


@pytest.fixture
def several(acme, olive, now):
    """One of each state, the oldest first: closed, decided on, acknowledged with a deadline over, open."""
    made = {}
    for number, name in enumerate(("closed", "breach", "seen", "open")):
        made[name] = raised(acme, now + timedelta(days=number), IncidentCause.CONTROL, about=name)
    with tenant_scope(acme):
        rows = Incident.objects
        rows.filter(id=made["breach"].id).update(decision="breach", cause="drift", about="")
        rows.filter(id=made["seen"].id).update(state="seen")
        IncidentClock.objects.exclude(incident_id=made["seen"].id).delete()
        IncidentClock.objects.update(started_at=now - timedelta(days=3), due_at=now - timedelta(days=2))
    by = {"tenant": acme, "actor": Actor.member(olive), "now": now + timedelta(days=4)}
    decided(made["closed"], by)
    incidents.close(incident_id=made["closed"].id, note="It was a drill.", **by)
    return {name: one.reference for name, one in made.items()}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["open", "seen", "breach", "closed"]),
        ({"state": "live"}, ["open", "seen", "breach"]),
        ({"state": "open"}, ["open", "breach"]),
        ({"state": "seen"}, ["seen"]),
        ({"state": "undecided"}, ["open", "seen"]),
        ({"state": "overdue"}, ["seen"]),
        ({"state": "breach"}, ["breach"]),
        ({"state": "closed"}, ["closed"]),
        ({"kind": "control"}, ["open", "seen", "closed"]),
        ({"kind": "control", "state": "live"}, ["open", "seen"]),
    ],
)
def test_the_register_is_sieved(listed, several, query, found):
    page, shown = listed(**query)

    assert shown == [several[name] for name in found]
    assert (">Clear</a>" in page.text) is bool(query)


def test_it_is_sieved_by_the_day_on_which_an_incident_was_opened(listed, several, now):
    _, shown = listed(since=(now + timedelta(days=2)).date().isoformat())

    assert shown == [several["open"], several["seen"]]


def test_what_nothing_matches_and_what_cannot_be_used_is_said(listed, several):
    assert "Nothing matches" in listed(kind="probe")[0].text
    page, shown = listed(since="someday", state="nonsense")
    assert (page.status_code, shown) == (422, [])
    for words in ("That is no day.", "Mend what is marked above"):
        assert words in page.text


def test_the_register_comes_page_by_page_and_keeps_its_filters(listed, several, monkeypatch):
    monkeypatch.setattr("helpdesk.core.paging.page_of.__kwdefaults__", {"size": 2})

    first, second, beyond = (listed(state="live", page=str(number)) for number in (1, 2, 3))

    assert first[1] + second[1] == [several[name] for name in ("open", "seen", "breach")]
    assert 'rel="next" href="?state=live&amp;page=2"' in first[0].text
    assert 'rel="prev" href="?state=live&amp;page=1"' in second[0].text
    assert "The list ends before this page." in beyond[0].text
    assert listed(state="live", page="-1")[1] == first[1]


@pytest.mark.parametrize("cause", [cause for cause in IncidentCause if cause != IncidentCause.CARD])
def test_an_incident_of_every_cause_has_its_words(acme, browser, now, cause):
    about = {"control": "purge", "trail": "broken"}.get(cause, "")
    found = raised(acme, now, cause, about=about)

    assert found.reference in browser.get(url("incidents")).text
    shown = browser.get(url("incident", incident_id=found.id)).text
    assert "Decide whether it is a breach" in shown
    assert "Opened by" in shown


def test_an_agent_reports_and_reads_nothing_of_the_register(client, sign_in, ada, acme, mailoutbox):
    agent = sign_in(client, ada)
    empty = agent.post(url("report_incident"), {"text": " "})
    assert (empty.status_code, "Say what you have noticed" in empty.text) == (422, True)
    thanked = agent.post(url("report_incident"), {"text": f"A letter with {CARD}"}, follow=True).text

    assert "Thank you" in thanked
    assert "letter" not in thanked
    assert agent.get(url("incidents")).status_code == 403
    with tenant_scope(acme):
        assert Incident.objects.get().cause == IncidentCause.PERSON


def test_what_was_noticed_in_the_future_is_refused(browser, acme, now):
    later = f"{now + timedelta(days=2):%Y-%m-%dT%H:%M}"
    answer = browser.post(url("report_incident"), {"text": "Something", "aware_at": later})

    assert (answer.status_code, "in the future" in answer.text) == (422, True)
    with tenant_scope(acme):
        assert not Incident.objects.exists()


def test_a_breach_is_decided_told_and_closed(browser, acme, incident, trail):
    one = {"incident_id": incident.id}
    nowhere = browser.post(url("decide_incident", **one), BREACH | {"laws": [], "reason": "Seen"})
    assert (nowhere.status_code, "a breach concerns somebody" in nowhere.text) == (422, True)
    shown = browser.post(url("decide_incident", **one), BREACH | {"reason": f"Ours, {CARD}"}, follow=True).text
    for words in ("The supervisory authority", "GDPR 33(1)", "The residents of Texas", "Ours, [card •••• 1111]"):
        assert words in shown

    for regime in ("gdpr_authority", "gdpr_people"):
        browser.post(url("incident_told", **one), {"regime": regime})
    assert browser.post(url("incident_told", **one), {"regime": "gdpr_people"}).status_code == 404
    still = browser.post(url("close_incident", **one), {"note": "Told them."})
    assert (still.status_code, "say why that may be left" in still.text) == (422, True)
    closed = browser.post(
        url("close_incident", **one), {"note": "Told them.", "left_open": "None in Texas"}, follow=True
    )

    assert "None in Texas" in closed.text
    assert browser.post(url("incident_remark", **one), {"text": "Later"}, follow=True).text.count(
        "It was closed meanwhile"
    )
    assert [entry.facts["regime"] for entry in trail(acme, audit_events.INCIDENT_TOLD)] == [
        "gdpr_authority", "gdpr_people",
    ]  # fmt: skip


def test_tasks_and_remarks_are_written_in_the_page_and_shown_masked(browser, acme, incident, ada):
    one = {"incident_id": incident.id}
    browser.post(url("incident_remark", **one), {"text": f"Found {CARD}"})
    given = {"text": "Call the bank", "assignee": str(ada.id), "due_on": "2020-01-02"}
    shown = browser.post(url("incident_task", **one), given, follow=True).text

    for words in ("Found [card •••• 1111]", "Call the bank", "Ada", "Overdue"):
        assert words in shown
    with tenant_scope(acme):
        task = IncidentLine.objects.get(kind="task")
    browser.post(url("incident_task_done", line_id=task.id, **one))
    assert browser.post(url("incident_task_done", line_id=task.id, **one)).status_code == 404


def test_a_deadline_that_is_over_is_marked(browser, acme, incident, now):
    with tenant_scope(acme):
        IncidentClock.objects.update(started_at=now - timedelta(days=3), due_at=now - timedelta(days=2))

    for page in (url("incidents"), url("incident", incident_id=incident.id)):
        assert "Overdue" in browser.get(page).text


def test_the_report_is_handed_over_and_leaves_an_entry(browser, acme, incident, trail):
    answer = browser.get(url("incident_report", incident_id=incident.id))

    assert answer["Content-Disposition"].endswith(f'incident-{incident.reference}.json"')
    assert json.loads(answer.content)["decision"]["is_breach"] == "undecided"
    assert len(trail(acme, audit_events.INCIDENT_REPORT_READ)) == 1


@pytest.mark.parametrize("name", ["incident", "incident_report"])
def test_an_incident_is_for_those_who_keep_the_register(client, sign_in, ada, mallory, incident, name):
    page = url(name, incident_id=incident.id)

    assert sign_in(client, ada).get(page).status_code == 403
    assert sign_in(client, mallory).get(page).status_code == 404
