"""The workspace's pages: queues, a conversation, and what can be done with it."""

import json
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import get_resolver

from chat import disclosure
from chat.actions.conversations import start_conversation
from chat.models import Assignment, Conversation, Inbox, Message
from chat.permissions import Visitor
from compliance.models import AuditEntry
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member
from tests.support.entries import events

pytestmark = pytest.mark.django_db


def workspace(sign_in, member):
    return sign_in(Client(headers={"Host": settings.SITE_HOST}), member)


@pytest.fixture
def desk(sign_in, ada):
    return workspace(sign_in, ada)


def url(conversation, verb="", slug="acme"):
    return f"/o/{slug}/conversations/{conversation.id}/{verb}"


def stored(conversation):
    with tenant_scope(conversation.tenant_id):
        return Conversation.objects.select_related("contact", "assignee").get(id=conversation.id)


def test_the_inbox_shows_who_waits_and_records_the_reading(desk, acme, asked):
    response = desk.get("/o/acme/inbox/?queue=unassigned")

    (row,) = response.context["rows"]
    assert row.last_line == "Is the larger tent back in stock?"
    assert (row.status, row.is_mine, row.message_count, row.origin) == ("open", False, 1, "https://shop.example")
    assert response.context["counts"] == {"mine": 0, "teams": 0, "unassigned": 1, "open": 1, "resolved": 0}
    assert events(acme).count("conversation.disclosed") == 1


def test_a_conversation_without_a_message_is_not_in_the_inbox(desk, acme, now):
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    start_conversation(visitor=Visitor(acme.id, inbox.id, b"x" * 32), client_id=uuid4(), now=now)

    assert desk.get("/o/acme/inbox/").context["rows"] == []


def test_opening_a_conversation_shows_it_and_records_how_many_messages_and_lines_at_once(desk, acme, asked):
    response = desk.get(url(asked))

    shown = response.context["conversation"]
    assert [message.text for message in shown.messages] == ["Is the larger tent back in stock?"]
    assert (shown.last_sequence, shown.can_post, shown.can_assign, shown.earlier_than) == (1, True, False, None)
    assert b"Is the larger tent back in stock?" in response.content
    with tenant_scope(acme):
        entry = AuditEntry.objects.get(event="conversation.disclosed")
    assert (entry.object_id, entry.facts) == (asked.id, {"count": 1, "last_lines": 1})


def test_what_was_said_before_comes_in_pieces_and_is_recorded(desk, acme, now, monkeypatch):
    monkeypatch.setattr(disclosure, "SHOWN_FIRST", 3)
    monkeypatch.setattr(disclosure, "RESUMED", 3)
    long = store_conversation(acme, [f"line {number}" for number in range(1, 9)], at=now)

    page = desk.get(url(long)).context["conversation"]
    before = desk.get(url(long, f"earlier/?before={page.earlier_than}"))
    first = desk.get(url(long, f"earlier/?before={before.context['earlier_than']}"))

    assert [message.text for message in page.messages] == ["line 6", "line 7", "line 8"]
    assert [message.text for message in before.context["messages"]] == ["line 3", "line 4", "line 5"]
    assert [message.text for message in first.context["messages"]] == ["line 1", "line 2"]
    assert (b"Show earlier" in before.content, b"Show earlier" in first.content) == (True, False)
    with tenant_scope(acme):
        told = AuditEntry.objects.filter(event="conversation.disclosed", object_id=long.id)
        assert sorted(entry.facts["count"] for entry in told) == [2, 3, 3]


@pytest.mark.parametrize("before", ["", "x", "1", "0", "-4", "99", "9" * 40, "2&before=99"])
def test_there_is_nothing_before_what_never_was(desk, asked, before):
    assert desk.get(url(asked, f"earlier/?before={before}")).status_code == 404


def test_htmx_gets_the_pane_alone(desk, asked):
    response = desk.get(url(asked), headers={"HX-Request": "true"})

    assert b"<html" not in response.content
    assert b'data-conversation="' in response.content


def test_a_row_leaves_the_queue_it_is_no_longer_in(desk, asked):
    assert desk.get(f"/o/acme/inbox/rows/{asked.id}/?queue=unassigned").status_code == 200
    assert desk.get(f"/o/acme/inbox/rows/{asked.id}/?queue=resolved").status_code == 404
    assert desk.get("/o/acme/inbox/rows/?queue=open", headers={"HX-Request": "true"}).status_code == 200


def test_taking_resolving_and_reopening(desk, acme, asked, ada):
    taken = desk.post(url(asked, "take/"), headers={"HX-Request": "true"})
    assert taken.context["conversation"].is_mine is True
    desk.post(url(asked, "resolve/"))
    assert stored(asked).status == "resolved"
    desk.post(url(asked, "resolve/"))
    desk.post(url(asked, "reopen/"))

    assert (stored(asked).status, stored(asked).assignee_id) == ("open", ada.id)
    assert events(acme)[-3:] == ["conversation.assigned", "conversation.resolved", "conversation.reopened"]


def test_without_htmx_a_verb_leads_back_to_the_conversation(desk, asked):
    assert desk.post(url(asked, "take/")).headers["Location"] == url(asked)


def test_an_agent_gives_back_but_does_not_give_away(desk, acme, asked, ada, sam):
    desk.post(url(asked, "take/"))
    desk.post(url(asked, "release/"))

    assert stored(asked).assignee_id is None
    assert desk.post(url(asked, "assign/"), {"assignee": sam.id}).status_code == 403
    with tenant_scope(acme):
        assert Assignment.objects.get().ended_at is not None


def test_a_supervisor_assigns(sign_in, acme, asked, ada, sam, now):
    supervisor = workspace(sign_in, sam)
    auditor = make_member(acme, "Audrey", Role.AUDITOR, now=now)

    response = supervisor.post(url(asked, "assign/"), {"assignee": ada.id}, headers={"HX-Request": "true"})

    assert response.context["conversation"].assignee_name == "Ada"
    assert (ada.id, "Ada", "offline") in response.context["conversation"].team
    for nobody in (auditor.id, uuid4(), "", "x"):
        assert supervisor.post(url(asked, "assign/"), {"assignee": nobody}).status_code == 422
    supervisor.post(url(asked, "assign/"), {"assignee": sam.id})
    assert stored(asked).assignee_id == sam.id
    with tenant_scope(acme):
        assert Assignment.objects.filter(ended_at=None).count() == 1


def test_blocking_and_unblocking(desk, acme, asked):
    response = desk.post(url(asked, "block/"), headers={"HX-Request": "true"})
    assert response.context["conversation"].is_blocked is True
    desk.post(url(asked, "block/"))
    desk.post(url(asked, "unblock/"))

    assert stored(asked).contact.blocked_at is None
    assert events(acme)[-2:] == ["visitor.blocked", "visitor.unblocked"]


def test_a_reader_who_may_not_answer_can_do_nothing(sign_in, acme, asked, now):
    officer = workspace(sign_in, make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now))

    assert officer.get(url(asked)).context["conversation"].can_post is False
    for verb in ("take", "release", "resolve", "reopen", "block", "unblock", "assign"):
        assert officer.post(url(asked, f"{verb}/"), {"assignee": uuid4()}).status_code in {403, 422}
    assert stored(asked).assignee_id is None


def test_an_auditor_reads_no_conversation(sign_in, acme, asked, now):
    auditor = workspace(sign_in, make_member(acme, "Audrey", Role.AUDITOR, now=now))

    assert auditor.get("/o/acme/inbox/").status_code == 403
    assert auditor.get(url(asked)).status_code == 403


def test_mallory_finds_nothing_anywhere(sign_in, mallory, asked):
    stranger = workspace(sign_in, mallory)
    for slug in ("acme", "globex"):
        assert stranger.get(url(asked, slug=slug)).status_code == 404
        for verb in ("take", "assign", "release", "resolve", "reopen", "block", "unblock", "messages"):
            sent = {"text": "x", "assignee": mallory.id}
            response = stranger.post(url(asked, f"{verb}/", slug=slug), sent, headers={"Accept": "application/json"})
            assert response.status_code in ({404} if verb != "assign" else {403, 404}), (slug, verb)
    assert stranger.get("/o/acme/inbox/").status_code == 404
    assert stranger.get(f"/o/globex/inbox/rows/{asked.id}/").status_code == 404
    assert stored(asked).assignee_id is None


def test_a_foreign_id_and_one_that_never_was_look_the_same(sign_in, mallory, asked):
    stranger = workspace(sign_in, mallory)

    foreign = stranger.get(url(asked, slug="globex"))
    unknown = stranger.get(f"/o/globex/conversations/{uuid4()}/")

    assert foreign.status_code == unknown.status_code == 404


def test_every_page_of_the_workspace_asks_who_it_is(asked):
    anonymous = Client(headers={"Host": settings.SITE_HOST})

    for path in ("/o/acme/inbox/", "/o/acme/inbox/rows/", url(asked)):
        assert "/sign-in" in anonymous.get(path).headers["Location"]
    assert anonymous.post(url(asked, "take/")).status_code == 302
    assert get_resolver().namespace_dict.get("chat") is not None


def test_posting_over_http_is_answered_as_by_the_socket(desk, acme, asked):
    client_id = uuid4()
    sent = json.dumps({"text": "Yes, since 4111 1111 1111 1111", "kind": "public", "client_id": str(client_id)})

    answers = [desk.post(url(asked, "messages/"), sent, content_type="application/json").json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert (answers[0]["type"], answers[0]["sequence"]) == ("message.acknowledged", 2)
    with tenant_scope(acme):
        assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"text": "x" * 8193}, 413, "too_long"),
        ({"text": " "}, 400, "bad_frame"),
        ({"text": "x", "kind": "activity"}, 400, "bad_frame"),
        ({"text": "x", "client_id": "1"}, 400, "bad_frame"),
        ({}, 400, "bad_frame"),
    ],
)
def test_a_post_that_cannot_be_taken_says_why(desk, asked, sent, status, code):
    response = desk.post(url(asked, "messages/"), sent, headers={"Accept": "application/json"})

    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize("body", ["[]", "{", "[" * 100_000, '"text"'])
def test_a_body_that_is_no_object_is_refused(desk, asked, body):
    response = desk.post(url(asked, "messages/"), body, content_type="application/json")

    assert (response.status_code, response.json()["code"]) == (400, "bad_frame")


def test_a_plain_form_leads_back_and_says_what_was_wrong(desk, asked):
    assert desk.post(url(asked, "messages/"), {"text": "Yes"}).headers["Location"] == url(asked)
    desk.post(url(asked, "resolve/"))
    response = desk.post(url(asked, "messages/"), {"text": "One more"}, follow=True)

    assert b"this conversation is resolved" in response.content


def test_a_failing_masker_is_told_as_being_checked(desk, acme, asked, monkeypatch):
    from compliance.masking import DetectorFailedError

    def fail(*_args, **_kwargs):
        raise DetectorFailedError("card")

    monkeypatch.setattr("chat.actions.messages.ingest", fail)
    response = desk.post(url(asked, "messages/"), {"text": "Yes"}, headers={"Accept": "application/json"})

    assert (response.status_code, response.json()["code"]) == (503, "being_checked")
    assert response.json()["retry_ms"] > 0
    with tenant_scope(acme):
        assert Message.objects.count() == 1
