"""The owner's pages of stored chats and of incidents."""

from datetime import timedelta

import pytest
from django.urls import reverse

from compliance import rescan, rule_sets, trials
from compliance.models import Incident, JobKind, JobRun, JobState, ProposalState, RuleSetProposal
from compliance.stored_pages import spoken
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"


def url(name, **arguments):
    return reverse(f"compliance:{name}", kwargs={"slug": "acme", **arguments})


@pytest.fixture
def browser(client, sign_in, olive):
    return sign_in(client, olive)


@pytest.fixture
def incident(acme, now):
    rule_sets.current(acme)
    store_conversation(acme, [CARD], at=now, masked_with=0)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)
    with tenant_scope(acme):
        return Incident.objects.get()


def running(tenant, now, **facts):
    with tenant_scope(tenant):
        return JobRun.objects.create(
            tenant=tenant, kind=JobKind.RESCAN, rule_set_number=1, started_at=now, moved_at=now, **facts
        )


def test_before_anything_changed_the_page_says_so(browser):
    shown = browser.get(url("stored")).text

    assert "Up to date" in shown
    assert "No re-scan yet" in shown
    assert "set 1" in shown


def test_a_run_shows_how_far_it_is_and_looks_again_by_itself(browser, acme, now):
    running(acme, now, total=200, looked_at=50, changed=3, failed=1, worked_ms=60_000, counts={"CARD": 2, "SSN": 1})

    for name in ("stored", "stored_progress"):
        shown = browser.get(url(name)).text
        assert 'value="25"' in shown
        assert "about 3 min left" in shown
        assert "Card numbers <strong>2</strong>" in shown
        assert 'hx-trigger="every 3s"' in shown


def test_when_nothing_moves_the_page_rests(browser, incident):
    shown = browser.get(url("stored_progress")).text

    assert "hx-trigger" not in shown
    assert "Everything stored was scanned by the rules in force." in shown


def test_a_run_that_waits_for_keys_says_so(browser, acme, now):
    running(acme, now, note="keys")

    assert "Waiting for the key provider" in browser.get(url("stored")).text


def test_a_run_is_paused_and_goes_on(browser, acme, now):
    run = running(acme, now, total=2)

    browser.post(url("stored_pause"))
    with tenant_scope(acme):
        assert JobRun.objects.get(id=run.id).state == JobState.PAUSED
    assert "Go on" in browser.get(url("stored")).text
    assert rescan.rescan_outdated(acme.id, pause=lambda _: None) is None

    browser.post(url("stored_resume"))
    with tenant_scope(acme):
        assert JobRun.objects.get(id=run.id).state == JobState.RUNNING


def test_levels_are_counted_first_and_then_activated(browser, acme, now, texts_of):
    rule_sets.current(acme)
    conversation = store_conversation(acme, ["write to vera@example.com"], at=now)

    answer = browser.post(url("stored_propose"), {"based_on": "0", "level-EMAIL": "balanced"}, follow=True)
    assert "The count begins in a moment." in answer.text
    trials.dry_run(acme.id, pause=lambda _: None)
    shown = browser.get(url("stored")).text
    assert "E-mail addresses <strong>1</strong>" in shown
    assert texts_of(conversation) == ["write to vera@example.com"]

    browser.post(url("stored_shadow"))
    assert "Live chats" in browser.get(url("stored")).text
    browser.post(url("stored_activate"))
    with tenant_scope(acme):
        assert RuleSetProposal.objects.get().state == ProposalState.ACTIVE
    assert rule_sets.current(acme).policy.is_on("EMAIL")


@pytest.mark.parametrize("name", ["stored_activate", "stored_shadow", "stored_drop", "stored_pause", "stored_resume"])
def test_a_step_that_comes_too_late_is_told_so(browser, name):
    assert "somebody was quicker" in browser.post(url(name), follow=True).text


def test_without_an_incident_the_page_says_what_would_stand_there(browser):
    assert "No incidents" in browser.get(url("incidents")).text


def test_an_incident_is_listed_shown_acknowledged_and_closed(browser, incident):
    assert incident.reference in browser.get(url("incidents")).text
    shown = browser.get(url("incident", incident_id=incident.id)).text
    assert "Card numbers <strong>1</strong>" in shown
    assert "1111" not in shown.replace(str(incident.id), "")

    browser.post(url("acknowledge_incident", incident_id=incident.id))
    assert "Acknowledged by" in browser.get(url("incident", incident_id=incident.id)).text
    undecided = browser.post(url("close_incident", incident_id=incident.id), {"note": "Told her not to."})
    assert (undecided.status_code, "Decide first" in undecided.text) == (422, True)
    choice = {"decision": "none", "risk": "low", "people": "0", "reason": "Masked before anybody read it"}
    browser.post(url("decide_incident", incident_id=incident.id), choice)
    refused = browser.post(url("close_incident", incident_id=incident.id), {"note": " "})
    assert (refused.status_code, "an auditor asks for it" in refused.text) == (422, True)
    closed = browser.post(url("close_incident", incident_id=incident.id), {"note": f"typed {CARD}"}, follow=True)
    assert "typed [card •••• 1111]" in closed.text
    assert CARD not in closed.text


@pytest.mark.parametrize("name", ["stored", "stored_progress", "incidents"])
def test_an_agent_may_not_and_for_mallory_it_is_not_there(client, sign_in, ada, mallory, name):
    assert sign_in(client, ada).get(url(name)).status_code == 403
    assert sign_in(client, mallory).get(url(name)).status_code == 404


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "less than a minute"), (150, "about 2 min"), (7200, "about 2 h"), (300_000, "about 3 days")],
)
def test_time_left_is_told_as_one_says_it(seconds, words):
    assert spoken(timedelta(seconds=seconds)) == words
