"""Reporting what masking got wrong: what is kept, what is masked at once, who decides."""

import json

import pytest
from django.db import DatabaseError, transaction

from chat import report_selectors
from chat.actions import erasure, reports
from chat.actions.reports import (
    MessageChangedError,
    MessageNotFoundError,
    NothingReportedError,
    ReportDecidedError,
    ReportNotFoundError,
    Spot,
)
from chat.models import DeclineReason, MaskingReport, Outcome
from chat.views.report_queue import suggested_pattern
from compliance import audit_events, incident_mail
from compliance.models import IncidentRecord
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.reports.conftest import entries, false_alarm, miss, span_of, stored, version
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db


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
