"""What an answer does: details put right, a visitor left alone, what is kept of them not used; and that lifted."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from chat import people, queues, search, selectors
from chat.actions import contacts, mailed_links, ratings, request_effects
from chat.actions.contacts import DetailsChangedError
from chat.actions.subject_requests import NoteMissingError, OtherStateError
from chat.models import Contact, ContactDetails, Conversation, Message, ReadMark
from chat.permissions import Visitor
from chat.record_stores import ConversationStore
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db
VERA = "vera@tents.example"


def contact_of(talk):
    with tenant_scope(talk.tenant_id):
        return Contact.objects.get(id=talk.contact_id)


def answered(register, talk, kind):
    return register.answer(register.known(kind, contact_id=talk.contact_id))


def lift(register, request, note="They wrote so"):
    return register.do(request_effects.lift, request_id=request.id, note=note)


# --- rectification ----------------------------------------------------------------------------------------


def test_details_are_put_right_by_the_request_and_it_says_which(register, talk, cora):
    made = register.known("rectification", contact_id=talk.contact_id)
    seen = contact_of(talk).details_changed_at
    given = ContactDetails(name="Vera Lund", email=VERA)

    at = register.now + timedelta(seconds=1)
    register.do(request_effects.rectify, request_id=made.id, given=given, seen=seen, by=cora, at=at)

    assert register.again(made).is_open
    assert register.steps(made)[-1] == "rectified"
    assert "rectified" in register.events()
    with pytest.raises(DetailsChangedError):
        register.do(request_effects.rectify, request_id=made.id, given=given, seen=seen)


def test_nothing_is_put_right_for_somebody_who_may_be_another_or_by_another_request(register, talk, ada):
    given = {"given": ContactDetails(name="Mallory"), "seen": contact_of(talk).details_changed_at}
    unknown = register.open("rectification", contact_id=talk.contact_id)
    other = register.known("access", contact_id=talk.contact_id)

    for request in (unknown, other):
        with pytest.raises(OtherStateError):
            register.do(request_effects.rectify, request_id=request.id, **given)
    with pytest.raises(NotPermittedError):
        register.do(contacts.rectify_contact, contact_id=talk.contact_id, by=ada, **given)
    assert contact_of(talk).name is None


def test_details_are_put_right_on_the_page(client, register, talk, olive, sign_in):
    made = register.known("rectification", contact_id=talk.contact_id)
    page = reverse("chat:request", kwargs={"slug": "acme", "request_id": made.id})
    sign_in(client, olive)
    shown = client.get(page).content.decode()
    assert VERA in shown
    seen = contact_of(talk).details_changed_at.isoformat()

    wrong = client.post(f"{page}rectify/", {"name": "", "email": "nowhere", "phone": "", "seen": seen})
    assert (wrong.status_code, "not a full e-mail address" in wrong.content.decode()) == (422, True)
    given = {"name": "Vera Lund", "email": "vera@lund.example", "phone": "", "seen": seen}
    assert client.post(f"{page}rectify/", given).status_code == 302
    assert "vera@lund.example" in client.get(page).content.decode()
    assert "a moment ago" in client.post(f"{page}rectify/", given, follow=True).content.decode()


# --- objection --------------------------------------------------------------------------------------------


def may_be_mailed(talk, now):
    """Whether an answer that was not read would be told of by mail."""
    with tenant_scope(talk.tenant_id):
        ReadMark.objects.all().delete()
        Conversation.objects.filter(id=talk.id).update(last_message_at=now, first_reply_at=now)
        Message.objects.filter(conversation=talk).update(author_kind="agent", posted_at=now - mailed_links.AWAY)
    return mailed_links.is_any_due(talk.tenant_id, now=now)


def is_asked_how_it_was(talk, now):
    with tenant_scope(talk.tenant_id):
        Conversation.objects.filter(id=talk.id).update(status="resolved", resolved_at=now)
    visitor = Visitor(talk.tenant_id, talk.inbox_id, b"", "", talk.started_by_id, talk.contact_id)
    return ratings.ending_of(visitor=visitor, conversation_id=talk.id, now=now).scale is not None


@pytest.mark.parametrize("kind", ["objection", "restriction"])
def test_who_objects_is_not_mailed_nor_asked_until_they_say_otherwise(register, talk, now, kind):
    assert may_be_mailed(talk, now)
    made = answered(register, talk, kind)

    assert not may_be_mailed(talk, now)
    assert not is_asked_how_it_was(talk, now)
    with pytest.raises(NoteMissingError):
        lift(register, made, note="")
    lift(register, made)
    assert is_asked_how_it_was(talk, now)
    assert register.steps(made)[-1] == "lifted"
    with pytest.raises(OtherStateError):
        lift(register, made)


def test_nothing_is_lifted_that_is_not_in_effect(register, talk):
    still_open = register.known("objection", contact_id=talk.contact_id)
    answered(register, talk, "objection")

    for request in (still_open, register.answer(register.known("rectification", contact_id=talk.contact_id))):
        with pytest.raises(OtherStateError):
            lift(register, request)


# --- restriction ------------------------------------------------------------------------------------------


def seen_by(member, talk, now):
    """Where a member meets a conversation without knowing its address."""
    with tenant_scope(member.tenant_id):
        rows = [row.id for row in queues.rows_in("open", member)]
        found = search.conversations_by_detail(wanted=VERA, member=member, now=now)
        return {
            "list": talk.id in rows,
            "count": queues.counts(member)["open"] > 0,
            "row": queues.row_in("", talk.id, member) is not None,
            "search": bool(found.rows) and bool(found.people),
        }


def test_what_is_restricted_is_out_of_lists_and_searches_but_for_who_handles_requests(
    client, register, talk, ada, olive, now, sign_in
):
    assert set(seen_by(ada, talk, now).values()) == {True}
    made = answered(register, talk, "restriction")

    assert set(seen_by(ada, talk, now).values()) == {False}
    assert set(seen_by(olive, talk, now).values()) == {True}
    url = selectors.conversation_url("acme", talk.id)
    sign_in(client, ada)
    assert [client.get(url + page).status_code for page in ("", "earlier/", "visitor/")] == [403] * 3
    for viewer, status in ((ada, 404), (olive, 200)):
        frame = {"v": 1, "type": "conversation.resume", "conversation": str(talk.id), "after_sequence": 0}
        sign_in(client, viewer)
        assert client.post("/o/acme/frames/", frame, content_type="application/json").status_code == status
    shown = client.get(url).content.decode()
    assert "Restricted" in shown
    lift(register, made)
    assert set(seen_by(ada, talk, now).values()) == {True}


def test_what_is_restricted_is_in_no_export_of_the_organisation(register, talk, olive, now):
    other = store_conversation(register.tenant, ["goes along"], at=now)
    answered(register, talk, "restriction")

    with tenant_scope(register.tenant):
        exported = list(ConversationStore().export(olive, limit=10, now=now))

    assert [one["id"] for one in exported] == [other.id]
    assert "secret" not in json.dumps(exported, default=str)


def test_other_conversations_of_a_restricted_contact_are_not_told_beside_another_s(register, talk, now):
    second = store_conversation(register.tenant, ["again"], at=now, contact=talk.contact)
    elsewhere = store_conversation(register.tenant, ["by another browser"], at=now)
    with tenant_scope(register.tenant):
        Contact.objects.filter(id__in=[talk.contact_id, elsewhere.contact_id]).update(subject_token=b"one person")
        here = Conversation.objects.select_related("contact").get(id=elsewhere.id)
        assert {one.id for one in people.facts_of(here).previous} == {talk.id, second.id}
    answered(register, talk, "restriction")

    with tenant_scope(register.tenant):
        here = Conversation.objects.select_related("contact").get(id=elsewhere.id)
        own = Conversation.objects.select_related("contact").get(id=talk.id)
        assert people.facts_of(here).previous == []
        assert {one.id for one in people.facts_of(own).previous} == {second.id, elsewhere.id}
