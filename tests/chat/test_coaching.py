"""Coaching: a reply that asks for what must not be said is held back, by whatever way it comes."""

import json
from uuid import uuid4

import pytest

from chat.models import Message
from compliance.models import AuditEntry
from tenants.scoping import tenant_scope
from tests.support.without_sockets import Tab

pytestmark = pytest.mark.django_db


def told(conversation):
    """What was noted of coaching, as event and facts."""
    with tenant_scope(conversation.tenant_id):
        entries = AuditEntry.objects.filter(event__startswith="coaching.").order_by("id")
        return [(entry.event, entry.facts) for entry in entries]


def count(conversation):
    with tenant_scope(conversation.tenant_id):
        return Message.objects.of(conversation.id).count()


def test_a_reply_that_asks_for_a_card_is_held_back_whatever_its_writer_says(tab, asked):
    for more in ({}, {"insisted": "needed"}):
        _, refused = tab.post(asked.id, "Please send me your card number", **more)
        assert (refused["code"], refused["field"]) == ("held_back", "card")

    assert count(asked) == 1
    assert told(asked) == [("coaching.held_back", {"asked": "card"})] * 2


def test_with_anything_else_its_writer_may_insist_for_a_reason_that_is_noted(tab, asked):
    _, refused = tab.post(asked.id, "What is your full SSN?")
    _, unknown = tab.post(asked.id, "What is your full SSN?", insisted="because")
    _, taken = tab.post(asked.id, "What is your full SSN?", insisted="agreed")

    assert (refused["field"], unknown["code"], taken["type"]) == ("identity", "bad_frame", "message.acknowledged")
    assert count(asked) == 2
    assert told(asked) == [
        ("coaching.held_back", {"asked": "identity"}),
        ("coaching.insisted_on", {"asked": "identity", "reason": "agreed"}),
    ]


def test_a_note_for_the_team_and_a_reply_that_asks_for_nothing_pass_without_a_word(tab, asked):
    tab.post(asked.id, "Ask her: what is your CVV?", kind="note")
    tab.post(asked.id, "Card details are hidden here; please pay by the link.")

    assert count(asked) == 3
    assert told(asked) == []


def test_the_plain_form_holds_it_back_too(tab, asked):
    page = tab.client.post(f"/o/acme/conversations/{asked.id}/messages/", {"text": "Send me your PIN"}, follow=True)

    assert "must not be said in a chat" in page.text
    assert count(asked) == 1


def test_mallory_learns_nothing_by_asking(sign_in, mallory, asked):
    refused = [Tab(sign_in, mallory).post(one, "What's your CVV?") for one in (asked.id, uuid4())]

    codes = [json.loads(json.dumps(answer))["code"] for _, answer in refused]
    assert codes == ["not_found", "not_found"]
    assert told(asked) == []


def test_the_lesson_of_a_minute_is_read_and_noted(tab, ada):
    for kind in ("card", "code", "pin", "identity", "password"):
        assert tab.client.get(f"/o/acme/training/minute/{kind}/").status_code == 200

    assert tab.client.get("/o/acme/training/minute/luck/").status_code == 404
    with tenant_scope(ada.tenant):
        assert AuditEntry.objects.filter(event="training.lesson_read").count() == 5
