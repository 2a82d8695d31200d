"""The chat over HTTP: the same frames, answers, limits and refusals as over a socket."""

import json
from uuid import uuid4

import pytest

from chat.actions import limits
from chat.models import Conversation, Message
from helpdesk.core.ratelimit import Limit
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.support.without_sockets import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def vera(acme):
    return Browser(acme)


def test_a_visitor_begins_posts_and_reads_on_without_a_socket(vera):
    conversation = vera.start()
    status, acknowledged = vera.post(conversation, "my card is 4111 1111 1111 1111")

    _, resumed = vera.send("conversation.resume", conversation=conversation, after_sequence=0)

    assert (status, acknowledged["type"], acknowledged["sequence"]) == (200, "message.acknowledged", 1)
    assert resumed["complete"] is True
    assert "4111 1111" not in resumed["messages"][0]["text"]
    assert resumed["messages"][0]["client_id"] == acknowledged["client_id"]


def test_a_repeat_over_http_is_acknowledged_but_stored_once(acme, vera):
    conversation, client_id = vera.start(), uuid4()

    answers = [vera.post(conversation, client_id=client_id) for _ in range(2)]

    assert answers[0] == answers[1]
    with tenant_scope(acme):
        assert Message.objects.count() == 1


def test_another_visitors_conversation_is_not_there_over_http(acme, globex, vera):
    theirs = [Browser(acme), Browser(globex)]
    foreign = [(other, other.start()) for other in theirs]
    for other, conversation in foreign:
        other.post(conversation, "a secret")
    nowhere = str(uuid4())
    vera.post(vera.start())

    def answers(conversation):
        posted = vera.post(conversation, client_id="01a214b1-3eaa-76af-84c3-691325960ded")
        return posted, vera.send("conversation.resume", conversation=conversation, after_sequence=0)

    for _, conversation in foreign:
        assert answers(conversation) == answers(nowhere)
        assert answers(conversation)[0][0] == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "bad_frame"),
        ("[]", "bad_frame"),
        (b"\xff\xfe", "bad_frame"),
        ("{" * 9000, "bad_frame"),
        ('{"v": 1, "type": "session.open", "ticket": "x"}', "unknown_type"),
        ('{"v": 1, "type": "message.post", "surprise": 1}', "bad_frame"),
        (json.dumps({"v": 1, "type": "message.post", "text": "x" * 70_000}), "bad_frame"),
    ],
)
def test_what_is_no_frame_is_refused_over_http(vera, body, code):
    status, told = vera.send_raw(body)

    assert (status, told["type"], told["code"]) == (400, "error", code)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": None},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Hushdesk-Session": None},
        {"X-Hushdesk-Session": "made-up.token"},
    ],
)
def test_without_our_own_page_and_token_there_is_nothing(vera, headers):
    conversation = vera.start()

    status, told = vera.send_raw(
        json.dumps(
            {"v": 1, "type": "message.post", "client_id": str(uuid4()), "conversation": conversation, "text": "x"}
        ),
        **headers,
    )

    assert (status, told["code"]) == (403, "not_permitted")


def test_a_suspended_organisation_takes_nothing_over_http(acme, vera):
    conversation = vera.start()
    Tenant.objects.filter(id=acme.id).update(status="suspended")

    assert vera.post(conversation)[0] == 403


def test_who_posts_without_end_over_http_is_slowed(vera, monkeypatch):
    monkeypatch.setattr(limits, "MESSAGES", Limit("chat.message", burst=2, per_s=0.01))
    conversation = vera.start()

    answers = [vera.post(conversation) for _ in range(3)]

    assert [status for status, _ in answers] == [200, 200, 429]
    assert answers[2][1]["retry_ms"] > 0


def test_a_resolved_conversation_takes_no_more_over_http(acme, vera):
    conversation = vera.start()
    vera.post(conversation)
    with tenant_scope(acme):
        Conversation.objects.update(status="resolved")

    status, told = vera.post(conversation)

    assert (status, told["code"]) == (409, "resolved")
