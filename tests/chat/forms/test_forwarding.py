# ruff: noqa: RUF001
"""What goes to the organisation's own system: sealed for its key, brought once, tried again, and gone."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings

from chat.actions import form_endings, form_endpoints, form_forwarding, form_reading, form_requests, form_templates
from chat.actions.assignment import assign_conversation
from chat.actions.form_endings import FormEndedError
from chat.actions.form_endpoints import NoEndpointError
from chat.actions.form_requests import TooManyChecksError
from chat.actions.row_secrets import SecretsOfRows
from chat.models import FormRequest, FormState, Handling
from chat.secure_forms import volatile
from chat.secure_forms.facts import facts_of
from chat.secure_forms.kinds import SHIPPED
from chat.secure_forms.submission import Submission
from compliance.models import AuditEntry
from tenants.actors import Actor
from tenants.keyring import ring, rotation
from tenants.keyring.models import Purpose
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import VALUES, Page, again, send
from tests.chat.forms.test_life import lines
from tests.factories.tenants import owner_of
from tests.support.form_endpoints import Odd, form_receiver, new_key, pem_of, serving
from tests.support.secure_forms import seal

TAKEN = "Secure form “Card details” for Ada was taken by Acme’s system, and destroyed here."


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    monkeypatch.setattr(settings, "FORM_RECEIVERS_HERE", True)


@pytest.fixture
def connected(olive, now):
    """Return how an organisation's system comes to be connected."""

    def connect(address, key, member=olive):
        with tenant_scope(member.tenant):
            row = form_endpoints.set_endpoint(address=address, actor=member, now=now)
            form_endpoints.add_key(text=pem_of(key), actor=member, now=now)
        return row

    return connect


@pytest.fixture
def system(connected):
    """Acme's system, which opens what it gets and takes cards."""
    taken, key = [], new_key()

    def take(values, told):
        taken.append((values, told))
        return form_receiver.take(values, told)

    receiver = SimpleNamespace(take=take)
    server = form_receiver.served(receiver)
    with serving(server) as address:
        row = connected(address, key)
        real = form_receiver.Receiver([key], bytes(row.signing_point), take)
        receiver.answer = real.answer
        yield SimpleNamespace(taken=taken, key=key, row=row, receiver=real)


@pytest.fixture
def odd(connected):
    """Acme's system, which does as it is told."""
    told = Odd()
    with serving(told.server()) as address:
        connected(address, new_key())
        yield told


def ask(desk, chat, handling=Handling.FORWARD, kind="card"):
    with tenant_scope(desk.member.tenant):
        form_templates.handle_form(chosen=kind, handling=handling, actor=owner(desk), now=desk.now)
        form = form_templates.form_named(kind)
    return desk.ask(chat, form)


def owner(desk):
    return owner_of(desk.member.tenant)


def bring(form):
    return form_forwarding.forward(tenant_id=form.tenant_id, form_id=form.id)


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


def test_a_system_that_is_not_there_is_tried_again_with_the_same_id_and_then_takes_it(desk, chat, odd, now):
    form = send(ask(desk, chat), now)
    odd.status = 503
    assert 1 <= bring(form) <= 2
    waiting = again(form)
    assert (waiting.state, waiting.attempts) == (FormState.SUBMITTED, 1)
    assert volatile.is_there(form.tenant_id, form.id)
    assert 2 <= bring(form) <= 4
    odd.status = 200

    assert bring(form) is None

    assert again(form).state == FormState.FORWARDED
    assert {headers["webhook-id"] for headers, _ in odd.got} == {str(form.id)}
    assert len({body for _, body in odd.got}) == 1


def test_when_its_time_is_over_it_is_destroyed_and_that_is_told(desk, chat, odd, now):
    form = send(ask(desk, chat), now)
    odd.status = 500
    with time_machine.travel(now + timedelta(minutes=4, seconds=59), tick=False):
        assert bring(form) is None

    ended = again(form)
    assert (ended.state, ended.why) == (FormState.EXPIRED, "unreached")
    assert not volatile.is_there(form.tenant_id, form.id)
    assert lines(chat, desk.member)[-1].endswith("the system was not reached in time; nobody has read anything.")


@pytest.mark.parametrize("status", [302, 400, 401, 404, 410])
def test_a_system_that_does_not_want_it_ends_it_at_once(desk, chat, odd, now, status):
    odd.status, odd.headers = status, {"Location": "http://169.254.169.254/"}
    form = send(ask(desk, chat), now)

    assert bring(form) is None

    assert (again(form).state, len(odd.got)) == (FormState.REFUSED, 1)
    assert not volatile.is_there(form.tenant_id, form.id)


def test_what_it_answers_is_masked_before_it_stands_in_the_conversation(desk, chat, odd, now):
    odd.body = json.dumps({"receipt": "4111 1111 1111 1111", "last_four": "1111"}).encode()
    form = send(ask(desk, chat), now)

    bring(form)

    assert "4111" not in lines(chat, desk.member)[-1]


def test_what_ends_a_form_on_its_way_lets_it_not_be_tried_again(desk, chat, odd, sam, now):
    form = send(ask(desk, chat), now)

    def transfer():
        with tenant_scope(form.tenant_id):
            form_endings.end_of_conversation(again(form).conversation, why="transfer", actor=actor, now=now)

    actor = Actor.member(sam)
    odd.status = 503
    with tenant_scope(form.tenant_id):
        parcel = form_forwarding._taken_out(form.id, now=now)
    transfer()
    assert (again(form).state, again(form).why) == (FormState.FORWARDING, "transfer")
    with tenant_scope(form.tenant_id):
        assert form_forwarding._put_back(parcel, now=now) is None

    assert (again(form).state, again(form).why) == (FormState.REVOKED, "transfer")
    assert not volatile.is_there(form.tenant_id, form.id)


def test_what_had_arrived_when_it_was_withdrawn_is_told_as_arrived(desk, chat, system, now):
    form = send(ask(desk, chat), now)
    with tenant_scope(form.tenant_id):
        form_forwarding._taken_out(form.id, now=now)
        form_requests.cancel_form(conversation_id=chat.id, form_id=form.id, actor=desk.member, now=now)
        form_forwarding._end(form.id, form_forwarding.Answer(), why="refused", now=now)

    assert again(form).state == FormState.FORWARDED


def test_of_a_worker_that_was_killed_on_the_way_nobody_says_what_nobody_knows(desk, chat, system, now):
    form = send(ask(desk, chat), now)
    with tenant_scope(form.tenant_id):
        form_forwarding._taken_out(form.id, now=now)
        assert form_endings.look_after(now=now + timedelta(seconds=9)) == 0
        assert form_endings.look_after(now=now + timedelta(seconds=11)) == 1

    assert (again(form).state, again(form).why) == (FormState.EXPIRED, "in_flight")
    assert bring(form) is None
    assert system.taken == []


def test_a_transfer_before_it_is_on_its_way_destroys_it(desk, chat, system, sam, now):
    form = send(ask(desk, chat), now)
    with tenant_scope(form.tenant_id):
        assign_conversation(conversation_id=chat.id, assignee_id=sam.id, actor=sam, now=now)

    assert again(form).state == FormState.REVOKED
    assert bring(form) is None
    assert system.taken == []


def test_a_key_that_is_retired_while_a_form_is_filled_in_ends_it_and_the_next_is_for_the_new_one(
    desk, chat, system, olive, now
):
    form, newer = ask(desk, chat), new_key()
    sealed = Submission.of(seal(VALUES, form))
    with tenant_scope(form.tenant_id):
        form_endpoints.add_key(text=pem_of(newer), actor=olive, now=now + timedelta(seconds=1))
        form_endpoints.retire_key(key_id=form.endpoint_key_id, actor=olive, now=now)
        with pytest.raises(FormEndedError):
            form_requests.submit_form(form_id=form.id, contact_id=chat.contact_id, sealed=sealed, now=now)

    assert (again(form).state, again(form).why) == (FormState.CANCELLED, "rekeyed")
    system.receiver.keys |= form_receiver.Receiver([newer], bytes(system.row.signing_point), None).keys
    assert bring(send(desk.ask(chat, asked_form(desk)), now)) is None
    assert len(system.taken) == 1


def asked_form(desk):
    with tenant_scope(desk.member.tenant):
        return form_templates.form_named("card")


def test_both_keys_open_while_one_takes_the_place_of_the_other(desk, chat, system, olive, now):
    form, newer = ask(desk, chat), new_key()
    with tenant_scope(form.tenant_id):
        form_endpoints.add_key(text=pem_of(newer), actor=olive, now=now + timedelta(seconds=1))
        with pytest.raises(form_endpoints.TooManyKeysError):
            form_endpoints.add_key(text=pem_of(new_key()), actor=olive, now=now)
        assert form_endpoints.key_for_forms().id != form.endpoint_key_id

    bring(send(form, now))

    assert len(system.taken) == 1


def test_a_form_that_is_asked_for_stays_what_it_was_whatever_is_decided_next(desk, chat, system, olive, now):
    form = ask(desk, chat)
    with tenant_scope(form.tenant_id):
        form_templates.handle_form(chosen="card", handling=Handling.VIEW, actor=olive, now=now)
    sent = send(again(form), now)

    with tenant_scope(form.tenant_id), pytest.raises(FormEndedError):
        form_reading.view_form(conversation_id=chat.id, form_id=form.id, reader=desk.asking, now=now)
    bring(sent)

    assert again(form).state == FormState.FORWARDED


def test_without_a_system_or_its_key_nothing_can_be_asked_that_goes_there(desk, chat, olive, now):
    with tenant_scope(olive.tenant):
        with pytest.raises(NoEndpointError):
            form_templates.handle_form(chosen="card", handling=Handling.FORWARD, actor=olive, now=now)
        form_endpoints.set_endpoint(address="https://forms.example.com/", actor=olive, now=now)
        with pytest.raises(NoEndpointError):
            form_templates.handle_form(chosen="card", handling=Handling.FORWARD, actor=olive, now=now)


def test_when_the_system_is_removed_what_is_under_way_to_it_ends(desk, chat, system, olive, now):
    form = send(ask(desk, chat), now)
    with tenant_scope(form.tenant_id):
        form_endpoints.remove_endpoint(actor=olive, now=now)

    assert again(form).state == FormState.REVOKED
    assert bring(form) is None
    with pytest.raises(NoEndpointError):
        desk.ask(chat, asked_form(desk))


def test_another_organisations_system_gets_nothing(desk, chat, system, connected, globex, now):
    theirs, key = Odd(), new_key()
    with serving(theirs.server()) as address:
        connected(address, key, owner_of(globex))
        form = send(ask(desk, chat), now)
        assert form_forwarding.forward(tenant_id=globex.id, form_id=form.id) is None
        bring(form)

    assert (theirs.got, len(system.taken)) == ([], 1)
    assert volatile.take(globex.id, form.id) is None


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


def test_match_or_no_match_is_all_that_is_said_of_what_the_system_compares(desk, chat, odd, now):
    odd.body = b'{"outcome": "match", "last_four": "6789", "receipt": "R-1"}'
    form = send(ask(desk, chat, Handling.ASK, "ssn"), now)

    bring(form)

    ended = again(form)
    assert (ended.state, ended.outcome, ended.last_four) == (FormState.CHECKED, "match", "")
    assert lines(chat, desk.member)[-1] == (
        "Secure form “Social security number” for Ada was compared, and destroyed: it matches."
    )


def test_a_system_that_says_neither_has_not_compared(desk, chat, odd, now):
    form = send(ask(desk, chat, Handling.ASK, "ssn"), now)

    bring(form)

    assert (again(form).state, again(form).why, again(form).outcome) == (FormState.REFUSED, "unclear", "")


def test_a_visitor_who_did_not_match_three_times_is_not_compared_again_today(desk, chat, odd, now):
    odd.body = b'{"outcome": "no_match"}'
    for _ in range(3):
        bring(send(ask(desk, chat, Handling.ASK, "ssn"), now))
    with pytest.raises(TooManyChecksError):
        desk.ask(chat, asked_ssn(desk))
    desk.now = now + timedelta(hours=25)
    desk.ask(chat, asked_ssn(desk))


def asked_ssn(desk):
    with tenant_scope(desk.member.tenant):
        return form_templates.form_named("ssn")


def test_a_health_form_and_the_product_s_others_keep_their_fields_whatever_becomes_of_them(desk, system):
    with tenant_scope(desk.member.tenant):
        form_templates.handle_form(chosen="insurance", handling=Handling.FORWARD, actor=owner(desk), now=desk.now)
        found = form_templates.form_named("insurance")

    assert (found.fields, found.is_health) == (SHIPPED["insurance"].fields, True)


def test_our_key_is_sealed_and_goes_along_when_its_own_key_is_turned(system, acme, now):
    before = bytes(system.row.signing_seed)
    with tenant_scope(acme):
        signer = form_endpoints.signer_of(system.row)
    assert signer.seed not in before
    rotation.begin_tenant_rotation(acme.id, Purpose.EXPORT, now=now)
    ring.forget_cached_keys(acme.id)
    use = SecretsOfRows()

    assert use.remains(acme.id, "export", 1)
    assert use.move(acme.id, "export", 1, limit=10) == 1
    assert not use.remains(acme.id, "export", 1)

    with tenant_scope(acme):
        row = form_endpoints.endpoint()
        assert bytes(row.signing_seed) != before
        assert form_endpoints.signer_of(row) == signer


def test_nothing_of_a_form_is_in_its_row(desk, chat, system, now):
    form = send(ask(desk, chat), now)
    bring(form)
    with tenant_scope(form.tenant_id):
        row = str(list(FormRequest.objects.filter(id=form.id).values()))

    assert not any(value in row for value in VALUES.values())
