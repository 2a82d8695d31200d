"""The pages of the register: who reports, who decides, and what is handed over."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from compliance import audit_events
from compliance.models import Incident, IncidentCause, IncidentClock, IncidentLine
from tenants.scoping import tenant_scope
from tests.factories.incidents import raised

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
