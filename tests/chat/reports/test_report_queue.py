"""The queue in which reports are accepted, with a rule that was tried, or declined."""

import pytest

from chat.models import MaskingReport, Outcome, ReportState
from compliance import masking_policies
from tenants.scoping import tenant_scope
from tests.chat.reports.conftest import false_alarm, miss

pytestmark = pytest.mark.django_db
QUEUE = "/o/acme/settings/masking/reports/"


def test_an_empty_queue_says_so_and_one_report_is_counted(client, sign_in, olive, ada, asked, now):
    browser = sign_in(client, olive)
    assert "Nothing to review" in browser.get(QUEUE).text

    miss(asked, ada, now)
    page = browser.get(QUEUE).text
    assert 'New <span class="numeric faint">1</span>' in page
    assert "AAA-99999" in page
    assert "Nothing to review" not in page
    assert "None yet" in browser.get(QUEUE, {"state": "declined"}).text


def test_a_miss_is_accepted_with_a_rule_that_was_tried(client, sign_in, olive, ada, asked, acme, now):
    report = miss(asked, ada, now)
    browser, page = sign_in(client, olive), f"{QUEUE}{report.id}/"
    rule = {"name": "employee id", "pattern": "EMP-[0-9]{5}"}

    assert 'value="[A-Z]{3}-[0-9]{5}"' in browser.get(page).text
    assert "Accept and switch it on" in browser.post(page, {**rule, "try": "1"}).text
    browser.post(page, {**rule, "activate": "1"})

    with tenant_scope(acme):
        assert MaskingReport.objects.get().outcome == Outcome.RULE
        assert masking_policies.chosen(masking_policies.latest()).rule("employee id").pattern == "EMP-[0-9]{5}"
    assert "A rule was added" in browser.get(QUEUE, {"state": "accepted"}).text


def test_a_rule_that_is_too_broad_leaves_the_report_as_it_was(client, sign_in, olive, ada, asked, acme, now):
    report = miss(asked, ada, now)

    answer = sign_in(client, olive).post(
        f"{QUEUE}{report.id}/", {"name": "number", "pattern": "[0-9]+", "activate": "1"}
    )

    assert "Too broad" in answer.text
    with tenant_scope(acme):
        assert MaskingReport.objects.get().state == ReportState.NEW
        assert masking_policies.latest() is None


def test_a_false_alarm_is_accepted_by_leaving_ids_of_its_form_alone(client, sign_in, olive, ada, asked, acme, now):
    report = false_alarm(asked, ada, now)
    browser, page = sign_in(client, olive), f"{QUEUE}{report.id}/"

    assert browser.post(page, {"source": "[0-9]+"}).status_code == 422
    browser.post(page, {"source": "^ORD-[0-9]+$"})

    with tenant_scope(acme):
        assert MaskingReport.objects.get().outcome == Outcome.EXEMPT
        assert masking_policies.chosen(masking_policies.latest()).exempt == ("^ORD-[0-9]+$",)


def test_a_report_is_declined_with_a_reason_or_noted(client, sign_in, olive, ada, asked, acme, now):
    first, second = miss(asked, ada, now, part="fine", mask_now=False), miss(asked, ada, now, mask_now=False)
    browser = sign_in(client, olive)

    assert browser.post(f"{QUEUE}{first.id}/decline/", {"reason": "because"}).status_code == 422
    browser.post(f"{QUEUE}{first.id}/decline/", {"reason": "not_private"})
    browser.post(f"{QUEUE}{second.id}/", {"note": "1"})

    with tenant_scope(acme):
        assert dict(MaskingReport.objects.values_list("id", "state")) == {first.id: "declined", second.id: "accepted"}
    assert "This is nothing private" in browser.get(QUEUE, {"state": "declined"}).text
    again = browser.post(f"{QUEUE}{first.id}/", {"note": "1"}, follow=True).text
    assert "decided this report already" in again


def test_the_queue_is_for_those_who_decide(client, sign_in, ada, mallory, olive, globex, asked, now):
    report = miss(asked, ada, now)
    pages = [QUEUE, f"{QUEUE}{report.id}/"]

    assert {sign_in(client, ada).get(page).status_code for page in pages} == {403}
    assert {sign_in(client, mallory).get(page).status_code for page in pages} == {404}
    assert sign_in(client, ada).post(f"{QUEUE}{report.id}/decline/", {"reason": "known"}).status_code == 403
    assert sign_in(client, mallory).post(f"{QUEUE}{report.id}/decline/", {"reason": "known"}).status_code == 404
