# ruff: noqa: RUF001
"""What goes to the organisation's own system: sealed for its key, brought once, and gone."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from chat.actions import form_endpoints, form_forwarding, form_reading
from chat.actions.form_endings import FormEndedError
from chat.models import FormRequest, FormState
from chat.secure_forms import volatile
from chat.secure_forms.facts import facts_of
from compliance.models import AuditEntry
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import VALUES, Page, again, lines, send
from tests.chat.forms.forwarding.conftest import ask, bring
from tests.support.form_endpoints import form_receiver, new_key
from tests.support.secure_forms import seal

TAKEN = "Secure form “Card details” for Ada was taken by Acme’s system, and destroyed here."


def test_it_is_opened_there_alone_and_only_four_digits_and_a_reference_come_back(desk, chat, system, now):
    form = send(ask(desk, chat), now)

    assert bring(form) is None

    [(values, told)] = system.taken
    assert (values, told["facts"]) == (VALUES, facts_of(form))
    ended = again(form)
    assert (ended.state, ended.brand, ended.last_four, ended.key) == (FormState.FORWARDED, "visa", "1111", None)
    assert not volatile.is_there(form.tenant_id, form.id)
    assert lines(chat, desk.member) == [
        "Ada asks for the secure form “Card details”, for Acme’s system.",
        "Secure form “Card details” was sent, sealed for Acme’s system; no agent can read it.",
        f"{TAKEN} Visa •• 1111. Reference: {str(form.id)[-8:]}.",
    ]


def test_no_agent_can_have_it_not_even_who_asked(desk, chat, system, now):
    form = send(ask(desk, chat), now)

    with tenant_scope(form.tenant_id), pytest.raises(FormEndedError):
        form_reading.view_form(conversation_id=chat.id, form_id=form.id, reader=desk.asking, now=now)

    assert volatile.is_there(form.tenant_id, form.id)


def test_it_needs_no_prepared_browser_and_the_page_says_who_reads_it(desk, chat, system, now):
    desk.key = SimpleNamespace(fingerprint=b"")
    form = ask(desk, chat)
    with tenant_scope(form.tenant_id):
        page = Page(form, chat.inbox.widget_key)

    answer = page.step("open").json()

    assert (answer["handling"], answer["facts"]["agent"]) == ("forward", "endpoint")
    assert page.step("submit", seal(VALUES, form)).status_code == 200
    assert page.step("submit", seal(VALUES, form)).status_code == 409


def test_the_audit_trail_tells_that_it_was_handed_on_and_no_value(desk, chat, system, now):
    form = send(ask(desk, chat), now)
    bring(form)
    with tenant_scope(form.tenant_id):
        told = list(AuditEntry.objects.filter(event__startswith="form.").order_by("id"))

    assert [entry.event for entry in told] == ["form.requested", "form.submitted", "form.forwarded", "form.ended"]
    assert not any(value in str([entry.facts for entry in told]) for value in VALUES.values())


def test_it_knows_us_by_our_signature_takes_each_form_once_and_nothing_of_another_s(desk, chat, odd, connected, now):
    form = send(ask(desk, chat), now)
    bring(form)
    [(headers, body)] = odd.got
    key = new_key()
    with tenant_scope(form.tenant_id):
        row = form_endpoints.endpoint()
    receiver = form_receiver.Receiver([key], bytes(row.signing_point), form_receiver.take)
    stamp = int(headers["webhook-timestamp"])

    with pytest.raises(KeyError):  # sealed for another key, but ours
        receiver.answer(headers, body, stamp)
    for changed, sent, at in (
        (headers, body + b" ", stamp), (headers | {"webhook-id": "another"}, body, stamp), (headers, body, stamp + 301),
        (headers | {"webhook-timestamp": str(stamp + 9)}, body, stamp),
        (headers | {"webhook-signature": ""}, body, stamp),
    ):  # fmt: skip
        with pytest.raises(form_receiver.NotOursError):
            receiver.answer(changed, sent, at)


def test_a_repeat_is_answered_and_not_taken_twice(desk, chat, system, now):
    form = send(ask(desk, chat), now)
    heard = []
    real = system.receiver.answer
    system.receiver.answers = {}

    def answer(headers, body, at):
        heard.append((dict(headers), body, at))
        return real(headers, body, at)

    system.receiver.answer = answer
    bring(form)

    assert real(*_last(system, form)) == system.receiver.answers[str(form.id)]
    assert len(system.taken) == 1


def _last(system, form):
    """The same request once more."""
    from helpdesk.core import clock

    told = system.taken[0][1]
    body = json.dumps(told, separators=(",", ":")).encode()
    with tenant_scope(form.tenant_id):
        signer = form_endpoints.signer_of(form_endpoints.endpoint())
    now = clock.now()
    return signer.headers(form.id, body, now), body, now.timestamp()


def test_only_ids_lie_in_the_queue_and_what_was_forgotten_there_is_sent_again(
    desk, chat, odd, now, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr(form_forwarding.forward_form, "apply_async", lambda **options: sent.append(options))
    form = ask(desk, chat)
    with django_capture_on_commit_callbacks(execute=True):
        form = send(form, now)
    with tenant_scope(form.tenant_id), django_capture_on_commit_callbacks(execute=True):
        form_forwarding.send_forgotten(now=now + timedelta(seconds=80))
        assert len(sent) == 1
        form_forwarding.send_forgotten(now=now + timedelta(seconds=100))

    assert [job["kwargs"] for job in sent] == [{"form_id": str(form.id)}] * 2


def test_nothing_of_a_form_is_in_its_row(desk, chat, system, now):
    form = send(ask(desk, chat), now)
    bring(form)
    with tenant_scope(form.tenant_id):
        row = str(list(FormRequest.objects.filter(id=form.id).values()))

    assert not any(value in row for value in VALUES.values())
