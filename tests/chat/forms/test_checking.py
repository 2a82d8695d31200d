"""What is only to be compared: the reader's browser has it for an instant, and says one word of it."""

from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag

from chat.actions import form_reading, form_templates
from chat.actions.form_endings import FormEndedError
from chat.actions.form_requests import TooManyChecksError
from chat.models import FormState, Handling, Match
from chat.secure_forms import volatile
from chat.secure_forms.facts import facts_of
from chat.secure_forms.submission import encoded
from compliance.models import AuditEntry
from tenants import fresh_factor
from tenants.models import StaffSession
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import Page, again, lines, looks_of, send
from tests.factories.tenants import owner_of

VALUES = {"number": "123-45-6789"}
SENT = "Secure form “Social security number” was sent, sealed for Ada’s browser"  # noqa: RUF001


def ask(desk, chat):
    with tenant_scope(desk.member.tenant):
        owner = owner_of(desk.member.tenant)
        form_templates.handle_form(chosen="ssn", handling=Handling.CHECK, actor=owner, now=desk.now)
        form = form_templates.form_named("ssn")
    return desk.ask(chat, form)


def take(desk, form):
    with tenant_scope(form.tenant_id):
        return form_reading.view_form(
            conversation_id=form.conversation_id, form_id=form.id, reader=desk.asking, now=desk.now
        )


def tell(form, match, member, now):
    with tenant_scope(form.tenant_id):
        return form_reading.tell_match(
            conversation_id=form.conversation_id, form_id=form.id, match=match, actor=member, now=now
        )


def test_it_is_sealed_for_the_asking_browser_and_bound_to_being_compared_only(desk, chat, now):
    form = send(ask(desk, chat), now, VALUES)
    with tenant_scope(form.tenant_id):
        page = Page(form, chat.inbox.widget_key)

    assert facts_of(form)["form"] == "check:ssn"
    assert page.step("open").json()["error"] == "ended"
    _, sealed = take(desk, form)
    assert desk.key.open(sealed, facts_of(form)) == VALUES
    with pytest.raises(InvalidTag):
        desk.key.open(sealed, facts_of(form) | {"form": "ssn"})


def test_one_word_is_all_that_stands_in_conversation_row_and_audit_trail(desk, chat, now):
    form = send(ask(desk, chat), now, VALUES)
    take(desk, form)

    ended = tell(form, Match.NO_MATCH, desk.member, now)

    assert (ended.state, ended.outcome) == (FormState.CHECKED, "no_match")
    assert not volatile.is_there(form.tenant_id, form.id)
    assert lines(chat, desk.member) == [
        "Ada asks for the secure form “Social security number”, to be compared only.",
        f"{SENT}, which can compare it once within 5 minutes.",
        "Secure form “Social security number” for Ada was compared, and destroyed: it does not match.",
    ]
    with tenant_scope(form.tenant_id):
        entry = AuditEntry.objects.filter(event="form.ended").get()
    assert (entry.facts["outcome"], "6789" in str(entry.facts)) == ("no_match", False)


def test_nothing_is_said_of_what_was_not_handed_over_or_twice_or_of_what_was_to_be_read(desk, chat, asked, sam, now):
    with pytest.raises(FormEndedError):
        tell(asked, Match.MATCH, desk.member, now)
    send(asked, now)
    take(desk, asked)
    with pytest.raises(FormEndedError):
        tell(asked, Match.MATCH, desk.member, now)
    with tenant_scope(asked.tenant_id):
        form_reading.hide_form(conversation_id=chat.id, form_id=asked.id, actor=desk.member, now=now)
    form = send(ask(desk, chat), now, VALUES)
    with pytest.raises(FormEndedError):
        tell(form, Match.MATCH, desk.member, now)
    take(desk, form)
    with pytest.raises(NotPermittedError):
        tell(form, Match.MATCH, sam, now)
    tell(form, Match.MATCH, desk.member, now)
    with pytest.raises(FormEndedError):
        tell(form, Match.NO_MATCH, desk.member, now)
    assert again(form).outcome == "match"


def test_three_tries_that_did_not_match_are_all_and_one_that_nothing_was_said_of_is_a_try(desk, chat, now):
    for _ in range(2):
        form = send(ask(desk, chat), now, VALUES)
        take(desk, form)
        tell(form, Match.NO_MATCH, desk.member, now)
    silent = send(ask(desk, chat), now, VALUES)
    take(desk, silent)
    with tenant_scope(silent.tenant_id):
        form_reading.hide_form(conversation_id=chat.id, form_id=silent.id, actor=desk.member, now=now)

    with pytest.raises(TooManyChecksError):
        ask(desk, chat)
    assert lines(chat, desk.member)[-1].endswith(
        "was handed over to be compared, and destroyed; nothing was said of it."
    )
    desk.now = now + timedelta(hours=24, seconds=1)
    ask(desk, chat)


def test_matches_do_not_use_tries_up(desk, chat, now):
    for _ in range(4):
        form = send(ask(desk, chat), now, VALUES)
        take(desk, form)
        tell(form, Match.MATCH, desk.member, now)


def test_the_page_asks_for_what_the_reader_holds_and_notes_one_word(desk, chat, now):
    desk.looks = looks_of(desk.client)
    form = send(ask(desk, chat), now, VALUES)
    path = f"/o/acme/conversations/{chat.id}/forms/{form.id}/"
    session = desk.client.session
    session[fresh_factor.STAMP] = [now.timestamp(), "a factor"]
    session.save()
    StaffSession.objects.update(session_hash=StaffSession.objects.get().session_hash)
    page = desk.client.get(path).content.decode()
    assert "Compared once with what you hold" in page
    assert "data-compares" in page

    handed = desk.client.post(f"{path}take/", {"key": encoded(desk.key.fingerprint)})

    assert handed.json()["handling"] == "check"
    assert desk.client.post(f"{path}checked/", {"outcome": "123-45-6789"}).status_code == 404
    assert desk.client.post(f"{path}checked/", {"outcome": "match"}).status_code == 204
    assert desk.client.post(f"{path}checked/", {"outcome": "match"}).status_code == 409
    assert again(form).state == FormState.CHECKED
