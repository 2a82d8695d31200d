from datetime import timedelta

import pytest
from django.core import mail

from chat.actions import request_handling, subject_requests
from compliance import request_mail
from compliance.models import ExtensionReason, RequestKind
from tenants.mail import MailNotSentError
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def remind(register, at):
    mail.outbox.clear()
    request_mail.remind(register.tenant, now=at)
    return [(one.to[0], one.body) for one in mail.outbox]


def test_who_handles_it_is_told_a_week_and_a_day_before_and_when_it_is_over_each_once(register, cora):
    made = register.open(note="About a lamp")
    register.do(request_handling.assign_request, request_id=made.id, membership_id=cora.id)
    said = {}
    for days in range(-10, 4):
        at = made.due_at + timedelta(days=days, hours=1)
        for to, body in remind(register, at) + remind(register, at):
            said.setdefault(to, []).append((days, body))

    assert list(said) == ["cora@acme.example"]
    days, bodies = zip(*said["cora@acme.example"], strict=True)
    assert days == (-7, -1, 0)
    assert [next(word for word in request_mail.SAID.values() if word in body) for body in bodies] == [
        "is due within a week", "is due within a day", "is overdue",
    ]  # fmt: skip
    assert all("lamp" not in body and "Access" not in body for body in bodies)


def test_what_a_visitor_asks_is_told_to_everyone_who_handles_requests(register, talk, cora):
    with tenant_scope(register.tenant):
        subject_requests.ask_by_visitor(
            contact_id=talk.contact_id, session_id=talk.started_by_id, kind=RequestKind.ACCESS, words="All of it",
            is_proven=False, now=register.now,
        )  # fmt: skip

    told = remind(register, register.now)

    assert {to for to, _ in told} == {"cora@acme.example", "olive@acme.example"}
    assert all("has come in" in body and "All of it" not in body for _, body in told)
    assert not request_mail.is_any_due(register.tenant.id, now=register.now)


def test_a_longer_term_is_told_of_anew_and_an_answer_no_more(register):
    made, other = register.open(), register.known()
    at = made.due_at - DAY / 2
    assert len(remind(register, at)) == 2
    register.do(
        request_handling.extend_request, request_id=made.id, why=ExtensionReason.COMPLEX, told_on=register.now.date()
    )
    register.answer(other)

    assert remind(register, at) == []
    assert len(remind(register, register.again(made).due_at - DAY / 2)) == 1
    assert remind(register, other.due_at + 90 * DAY)[0][0] == "olive@acme.example"


def test_a_mail_that_can_t_be_sent_is_sent_by_the_next_run(register, monkeypatch):
    made = register.open()

    def refuse(*_, **__):
        raise MailNotSentError

    with monkeypatch.context() as away:
        away.setattr("tenants.mail.send", refuse)
        assert request_mail.remind(register.tenant, now=made.due_at) == 0

    assert len(remind(register, made.due_at)) == 1
