"""A visitor who has typed a card moves it into a form: to whoever holds the chat, in the browser they read in."""

import json

import pytest
from django.conf import settings
from django.test import Client

from chat import authentication
from chat.models import Inbox, VisitorSession
from chat.views.widget import HEADER
from tenants.actions import sessions
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import again


@pytest.fixture
def vera(chat):
    """Vera's browser, and the key of the widget she talks through."""
    token = authentication.new_token()
    with tenant_scope(chat.tenant_id):
        hashed = authentication.token_hash(chat.tenant_id, token)
        VisitorSession.objects.filter(contact_id=chat.contact_id).update(token_hash=hashed)
        key = Inbox.objects.get().widget_key

    def ask(step, **headers):
        told = {"Origin": settings.SITE_ORIGIN, HEADER: token, **headers}
        return Client().post(f"/w/{key}/{step}", "{}", content_type="application/json", headers=told)

    return ask


def test_it_goes_to_who_holds_the_chat_and_has_asked_somebody_before(vera, desk, chat, asked, now):
    first = vera("form").json()["form"]
    assert first["id"] == str(asked.id)
    assert vera("session").json()["form"]["id"] == first["id"]
    with tenant_scope(chat.tenant_id):
        from chat.actions.form_requests import decline_form

        decline_form(form_id=asked.id, contact_id=chat.contact_id, now=now)

    offered = vera("form").json()["form"]

    assert offered["id"] != first["id"]
    assert offered["url"].startswith(f"{settings.FORMS_URL}/forms/")
    assert vera("session").json()["form"]["id"] == offered["id"]
    asked.id = offered["id"]
    made = again(asked)
    assert (made.by_visitor, made.kind, made.recipient_id) == (True, "card", desk.member.id)


def test_nobody_can_take_it_who_has_not_read_a_form_in_a_sign_in_that_still_is(vera, desk, chat, now):
    assert (vera("form").status_code, json.loads(vera("form").content)) == (409, {"error": "nobody"})
    desk.ask(chat)
    sessions.end_all(desk.member.user, now=now)

    assert vera("form").status_code == 409


def test_only_a_script_of_the_chat_s_own_origin_may_begin_one(vera, asked):
    assert vera("form", Origin="https://shop.example").status_code == 403
