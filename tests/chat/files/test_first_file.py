"""A file can be the first thing that a visitor says, and goes to the conversation that they are looking at."""

import json
from uuid import uuid4

import pytest

from chat.models import Attachment, Conversation, FileState
from tenants.scoping import tenant_scope
from tests.chat.files.conftest import body, kept
from tests.factories.consent import ask_visitors
from tests.factories.stored import store_conversation
from tests.support.pictures import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def begin(vera):
    """Let Vera begin another conversation, in which nothing is said yet."""

    def begin():
        frame = {"v": 1, "type": "conversation.start", "client_id": str(uuid4())}
        address = vera.address.replace("/files", "/frames")
        answer = vera.client.post(
            address, json.dumps(frame), content_type="application/json", headers=vera.headers
        ).json()
        return answer["conversation"]

    return begin


@pytest.fixture(autouse=True)
def _over(vera):
    """What she said before is resolved."""
    with tenant_scope(vera.tenant):
        Conversation.objects.update(status="resolved", resolved_at=vera.now)


def test_a_file_is_the_first_message_and_the_conversation_is_seen_to_wait(vera, begin):
    begun = begin()

    assert vera.send(picture(), conversation=begun).json() == {"sequence": 1}

    with tenant_scope(vera.tenant):
        conversation = Conversation.objects.get(id=begun)
        attachment = Attachment.objects.select_related("message").get()
    assert (attachment.conversation_id, attachment.message.sequence) == (conversation.id, 1)
    assert conversation.waiting_since is not None
    assert vera.check().state == FileState.READY


def test_one_that_is_refused_leaves_a_conversation_in_which_nothing_was_said(vera, begin, store):
    begun = begin()

    assert vera.send(b"<!doctype html>", conversation=begun).status_code == 415

    with tenant_scope(vera.tenant):
        assert not Conversation.objects.begun().open().exists()
    assert not kept(store)
    assert vera.send(picture(), conversation=begun).status_code == 200


def test_who_has_not_agreed_to_a_newer_text_is_not_heard_with_it(vera, begin, store):
    begun = begin()
    ask_visitors(vera.tenant)

    answer = vera.send(picture(), conversation=begun)

    assert (answer.status_code, answer.json()["error"]) == (400, "consent_required")
    assert not kept(store)


def test_it_goes_to_the_conversation_that_is_meant_and_a_resolved_one_takes_none(vera, begin):
    first, second = begin(), begin()
    for begun in (second, first):
        assert vera.send(picture(), conversation=begun).status_code == 200
    with tenant_scope(vera.tenant):
        Conversation.objects.filter(id=first).update(status="resolved", resolved_at=vera.now)
        told = {str(one.conversation_id) for one in Attachment.objects.order_by("id")}
    assert told == {first, second}

    answer = vera.send(picture(), conversation=first)

    assert (answer.status_code, answer.json()["error"]) == (409, "resolved")


def test_a_conversation_of_somebody_else_s_is_not_there(vera, begin, acme, globex, now, store):
    begin()
    elses = [store_conversation(tenant, ["Hello"], at=now).id for tenant in (acme, globex)]

    for one in (*elses, uuid4()):
        answer = vera.send(picture(), conversation=one)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")

    assert not kept(store)
    assert vera.send_raw(body(picture(), conversation="1")).json() == {"error": "bad_frame", "text": ""}
