"""Reporting what masking got wrong: what is kept, what is masked at once, who decides."""

import json
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from chat import report_selectors
from chat.actions import erasure, messages, reports
from chat.actions.conversations import start_conversation
from chat.actions.reports import (
    MessageChangedError,
    MessageNotFoundError,
    NothingReportedError,
    ReportDecidedError,
    ReportNotFoundError,
    Spot,
)
from chat.models import DeclineReason, Finding, Inbox, MaskingReport, Message, Outcome, ReportKind, ReportState
from chat.permissions import Visitor
from chat.views.report_queue import suggested_pattern
from compliance import audit_events, incident_mail, masking_policies
from compliance.models import AuditEntry, IncidentRecord
from tenants.encryption.opening import open_sealed
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db

TEXT = "your invoice is fine, says Zbigniew, but I am EMP-12345 with card 4111 1111 1111 1111"


@pytest.fixture
def asked(acme, now):
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    visitor = Visitor(acme.id, inbox.id, uuid4().bytes * 2, "https://shop.example")
    conversation, visitor = start_conversation(visitor=visitor, client_id=uuid4(), now=now)
    messages.post_visitor_message(
        visitor=visitor, conversation_id=conversation.id, client_id=uuid4(), text=TEXT, kind="public", now=now
    )
    return conversation


def stored(conversation):
    """The message, its text and what is hidden in it."""
    with tenant_scope(conversation.tenant_id):
        message = Message.objects.get(conversation_id=conversation.id)
        slot = Message.slot(message.tenant_id, conversation.contact_id, message.id)
        findings = {finding.entity: finding for finding in Finding.objects.filter(message=message)}
    return message, open_sealed(slot, bytes(message.body)), findings


def span_of(conversation, part):
    text = stored(conversation)[1]
    return text.index(part), text.index(part) + len(part)


def version(conversation):
    return Message.version_of(bytes(stored(conversation)[0].body))


def miss(conversation, actor, now, *, part="EMP-12345", entity="OTHER", mask_now=True, **other):
    wanted = {"spot": Spot(conversation.id, 1), "span": span_of(conversation, part), "version": version(conversation)}
    return reports.report_miss(**{**wanted, **other}, entity=entity, mask_now=mask_now, actor=actor, now=now)


def false_alarm(conversation, actor, now):
    finding = stored(conversation)[2]["CARD"]
    span = (finding.start, finding.end)
    return reports.report_false_alarm(spot=Spot(conversation.id, 1), span=span, actor=actor, now=now)


def entries(tenant, event):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event).order_by("id"))


def test_a_miss_is_kept_as_shape_and_masked_where_it_lies(asked, acme, ada, now):
    report = miss(asked, ada, now)

    _, text, findings = stored(asked)
    assert text == "your invoice is fine, says Zbigniew, but I am [masked] with card [card •••• 1111]"
    assert (findings["OTHER"].detector, findings["OTHER"].start) == ("report", text.index("[masked]"))
    assert text[findings["CARD"].start : findings["CARD"].end] == "[card •••• 1111]"
    assert (report.value, report.masked_now) == ("AAA-99999", True)
    assert {"invoice", "card"} <= set(report.words)
    assert "Zbigniew" not in json.dumps([report.before, report.after])


def test_masking_by_hand_is_audited_with_who_and_told_to_open_screens(asked, acme, ada, now, monkeypatch):
    told = []
    changed = []
    monkeypatch.setattr("chat.broadcast.messages_remasked", told.extend)
    monkeypatch.setattr("chat.broadcast.conversation_changed", changed.append)

    report = miss(asked, ada, now)

    (masked,) = entries(acme, audit_events.MESSAGE_MASKED)
    assert (masked.actor_id, masked.facts["report"], masked.facts["entity"]) == (ada.id, str(report.id), "OTHER")
    (reported,) = entries(acme, audit_events.MASKING_REPORTED)
    assert reported.facts["kind"] == "miss"
    assert "EMP" not in json.dumps([masked.facts, reported.facts])
    (entry,) = told
    assert [conversation.id for conversation in changed] == [asked.id]
    assert {entity for entity, *_ in entry.findings} == {"OTHER", "CARD"}


def test_a_card_that_a_person_has_seen_is_an_event_of_its_own(asked, acme, ada, now):
    miss(asked, ada, now, entity="PIN")

    *_, entry = entries(acme, audit_events.CARD_CAUGHT)
    assert (entry.facts["entities"], entry.facts["found_by"]) == ("PIN", "report")


def leaks(acme):
    with tenant_scope(acme):
        rows = IncidentRecord.objects.select_related("incident").order_by("id")
        return [(row.incident.report_id, row.entity, row.count, row.conversation_id) for row in rows]


def test_a_card_that_a_person_had_masked_is_an_incident(asked, acme, ada, olive, now, mailoutbox):
    report = miss(asked, ada, now, entity="CARD")

    assert leaks(acme) == [(report.id, "CARD", 1, asked.id)]
    assert incident_mail.tell_owners(acme, now=now) == 1
    reports.accept_report(report_id=report.id, outcome=Outcome.NOTED, actor=olive, now=now)
    assert len(leaks(acme)) == 1


def test_a_card_that_was_only_reported_is_an_incident_once_somebody_says_it_is_so(asked, acme, ada, olive, now):
    report = miss(asked, ada, now, entity="CVV", mask_now=False)
    assert leaks(acme) == []

    reports.accept_report(report_id=report.id, outcome=Outcome.NOTED, actor=olive, now=now)

    assert leaks(acme) == [(report.id, "CVV", 1, asked.id)]


def test_what_is_no_card_or_no_leak_is_no_incident(asked, acme, ada, olive, now):
    miss(asked, ada, now, entity="OTHER")
    declined = miss(asked, ada, now, part="invoice", entity="CARD", mask_now=False)
    reports.decline_report(report_id=declined.id, reason=DeclineReason.NOT_PRIVATE, actor=olive, now=now)
    alarm = false_alarm(asked, ada, now)
    reports.accept_report(report_id=alarm.id, outcome=Outcome.NOTED, actor=olive, now=now)

    assert leaks(acme) == []


def test_a_miss_may_be_reported_without_masking_it(asked, ada, now):
    report = miss(asked, ada, now, mask_now=False)

    assert "EMP-12345" in stored(asked)[1]
    assert not report.masked_now


def test_a_false_alarm_keeps_what_took_it_for_what_and_no_value(asked, ada, now):
    report = false_alarm(asked, ada, now)

    assert (report.kind, report.entity, report.detector, report.value) == ("false_alarm", "CARD", "card", "")
    assert "1111" not in json.dumps([report.before, report.after, report.words])
    assert report.before.endswith("card ")


def test_the_same_reported_twice_is_one_report(asked, acme, ada, sam, now):
    first = false_alarm(asked, ada, now)
    again = false_alarm(asked, sam, now)

    assert again.id == first.id
    assert len(entries(acme, audit_events.MASKING_REPORTED)) == 1


def test_a_message_that_has_changed_meanwhile_is_not_masked_at_an_old_place(asked, ada, now):
    before = version(asked)
    miss(asked, ada, now, part="fine")

    with pytest.raises(MessageChangedError):
        miss(asked, ada, now, version=before)
    assert "EMP-12345" in stored(asked)[1]


@pytest.mark.parametrize("span", [(5, 5), (9, 3), (-3, 4), (0, 9999), "[card •••• 1111]"])
def test_a_span_that_is_none_or_hidden_already_is_refused(asked, ada, now, span):
    span = span_of(asked, span) if isinstance(span, str) else span

    with pytest.raises(NothingReportedError):
        miss(asked, ada, now, span=span)
    with tenant_scope(asked.tenant_id):
        assert not MaskingReport.objects.exists()


def test_nothing_hidden_is_no_false_alarm(asked, ada, now):
    with pytest.raises(NothingReportedError):
        reports.report_false_alarm(spot=Spot(asked.id, 1), span=(0, 2), actor=ada, now=now)


def test_mallory_and_who_may_not_answer_can_report_nothing(asked, acme, mallory, now):
    officer = make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)

    with pytest.raises(MessageNotFoundError):
        miss(asked, mallory, now)
    with pytest.raises(NotPermittedError):
        miss(asked, officer, now)
    with pytest.raises(MessageNotFoundError):
        reports.report_false_alarm(spot=Spot(asked.id, 7), span=(0, 2), actor=mallory, now=now)
    assert "EMP-12345" in stored(asked)[1]


def test_a_report_is_accepted_or_declined_once_and_audited(asked, acme, ada, olive, now):
    report = miss(asked, ada, now)
    reports.accept_report(report_id=report.id, outcome=Outcome.RULE, actor=olive, now=now)

    with pytest.raises(ReportDecidedError):
        reports.decline_report(report_id=report.id, reason=DeclineReason.KNOWN, actor=olive, now=now)
    (entry,) = entries(acme, audit_events.MASKING_REPORT_DECIDED)
    assert (entry.actor_id, entry.facts) == (olive.id, {"state": "accepted", "outcome": "rule"})
    with tenant_scope(acme):
        assert report_selectors.counts() == {"accepted": 1}


def test_agents_and_mallory_decide_nothing(asked, globex, ada, mallory, now):
    from tests.factories.tenants import owner_of

    report = miss(asked, ada, now)

    for actor in (ada, mallory):
        with pytest.raises(NotPermittedError):
            reports.accept_report(report_id=report.id, outcome=Outcome.NOTED, actor=actor, now=now)
    with pytest.raises(ReportNotFoundError):
        reports.decline_report(report_id=report.id, reason=DeclineReason.KNOWN, actor=owner_of(globex), now=now)


def test_a_report_goes_with_its_conversation(asked, acme, ada, now):
    miss(asked, ada, now)

    with tenant_scope(acme):
        counts = erasure.erase_all(limit=10).counts
        assert counts["reports"] == 1
        assert not MaskingReport.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"start": 4, "end": 4}, {"state": "accepted"}, {"state": "declined"}, {"outcome": "rule"}, {"reason": "known"},
        {"value": "EMP-99999"}, {"value": "AAA-12345"}, {"before": "card 4111"}, {"after": "cvv 123"},
    ],
)  # fmt: skip
def test_the_database_refuses_a_report_that_is_half_decided_or_holds_a_value(asked, acme, ada, now, fields):
    report = miss(asked, ada, now)

    with tenant_scope(acme), pytest.raises(DatabaseError), transaction.atomic():
        MaskingReport.objects.filter(id=report.id).update(**fields)


@pytest.mark.parametrize(
    ("shape", "pattern"),
    [
        ("AAA-99999", "[A-Z]{3}-[0-9]{5}"),
        ("a9.9", "[a-z][0-9][.][0-9]"),
        ("Aa (9)", "[A-Z][a-z] [(][0-9][)]"),
        ("?", ""),
    ],
)
def test_a_pattern_is_suggested_from_a_shape(shape, pattern):
    assert suggested_pattern(shape) == pattern


# --- in the workspace --------------------------------------------------------------------------------------


def url(conversation, sequence=1, slug="acme"):
    return f"/o/{slug}/conversations/{conversation.id}/messages/{sequence}/report/"


@pytest.fixture
def desk(client, sign_in, ada):
    return sign_in(client, ada)


def chosen(desk, conversation, **fields):
    return {"kind": "miss", "version": version(conversation), "words": ["9"], "entity": "OTHER", **fields}


def test_an_agent_marks_words_sees_what_is_kept_and_has_it_masked(desk, asked):
    assert "Something private was not hidden" in desk.get(url(asked)).text

    preview = desk.post(url(asked), chosen(desk, asked, step="preview")).text
    assert '<mark class="hit">AAA-99999</mark>' in preview
    assert "Aaaaaaaa" in preview
    assert "Zbigniew" not in preview
    assert "EMP-12345" in stored(asked)[1]

    done = desk.post(url(asked), chosen(desk, asked, step="mask"), follow=True).text
    assert "Reported, and masked in this conversation" in done
    assert "EMP-12345" not in done


def test_over_htmx_the_dialog_alone_comes_back(desk, asked):
    part = desk.post(url(asked), chosen(desk, asked, step="report"), headers={"HX-Request": "true"}).text

    assert "Reported. Thank you" in part
    assert "<html" not in part


def test_a_false_alarm_is_chosen_among_what_is_hidden(desk, asked, acme):
    finding = stored(asked)[2]["CARD"]
    wrong = {"kind": "miss", "version": version(asked), "hidden": f"{finding.start}-{finding.end}"}

    assert "The value itself is gone" in desk.post(url(asked), {**wrong, "step": "preview"}).text
    desk.post(url(asked), {**wrong, "step": "report"})
    with tenant_scope(acme):
        assert MaskingReport.objects.get().kind == ReportKind.FALSE_ALARM


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"words": []}, "Mark the words"),
        ({"words": ["99"]}, "Select a valid choice"),
        ({"kind": "false_alarm", "hidden": "0-2"}, "Select a valid choice"),
        ({"kind": "false_alarm"}, "Choose what was hidden"),
    ],
)
def test_an_incomplete_report_is_shown_again_with_what_is_wrong(desk, asked, acme, fields, error):
    answer = desk.post(url(asked), chosen(desk, asked, step="mask", **fields))

    assert answer.status_code == 422
    assert error in answer.text
    with tenant_scope(acme):
        assert not MaskingReport.objects.exists()


@pytest.mark.parametrize("version", ["00", ""])
def test_a_form_of_an_older_text_is_shown_anew(desk, asked, version):
    answer = desk.post(url(asked), chosen(desk, asked, step="mask", version=version))

    assert answer.status_code == 409
    assert "masked further meanwhile" in answer.text
    assert "EMP-12345" in stored(asked)[1]


def test_looking_at_a_message_for_a_report_is_a_disclosure(desk, asked, acme):
    before = len(entries(acme, audit_events.CONVERSATION_DISCLOSED))
    desk.get(url(asked))

    assert len(entries(acme, audit_events.CONVERSATION_DISCLOSED)) == before + 1


def test_for_mallory_and_for_no_message_there_is_no_report_page(desk, client, sign_in, mallory, asked):
    assert desk.get(url(asked, sequence=9)).status_code == 404
    assert sign_in(client, mallory).get(url(asked)).status_code == 404
    assert sign_in(client, mallory).get(url(asked, slug="globex")).status_code == 404


# --- the queue ---------------------------------------------------------------------------------------------

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
