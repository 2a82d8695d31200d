"""Every way in by which a visitor's message is taken, tried by visitors without the receipt that is needed.

A way in that nobody probes is red.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.test import Client

from chat.actions import messages
from chat.actions.contacts import give_contact_details
from chat.actions.conversations import start_conversation
from chat.actions.openings import Opening
from chat.consumers.visitor import VisitorConsumer
from chat.delivery.sealed import ConsentRequiredError
from chat.models import ContactDetails
from chat.permissions import Visitor
from chat.views.widget import HEADER
from helpdesk.core import clock
from helpdesk.core.threads import in_thread
from tests.factories.consent import agreed
from tests.proofs.forms.asking import Case
from tests.proofs.forms.ways_in import entries
from tests.proofs.gate.stage import unhindered
from tests.proofs.isolation.sockets import Sender, Socket

KEYS: Final = ("unconsented_accepted", "unconsented_tries", "consented_refused")
#: Texts that take each of the ways of `chat.actions.messages`: at once, in a thread, and as a part of a number.
TEXTS: Final = ("Hello", "4111 1111", "Well, " * 300)

ADDRESS: Final = {"email": "vera@tents.example"}

Refused = bool


def measure(stage: Any) -> dict[str, Any]:
    """Try every entry in every state without a receipt, and each once with one, which must be let in.

    In the short form with one text for each state.
    """
    missing, unknown = entries() - PROBES.keys(), PROBES.keys() - entries()
    if missing or unknown:
        raise AssertionError(f"entries that nobody probes: {sorted(missing)}; probes of none: {sorted(unknown)}")
    accepted = tries = refused = 0
    with unhindered():
        case = Case.make(TEXTS[:1] if stage.is_short else TEXTS)
        for name, probe in (*PROBES.items(), *BESIDE.items()):
            for was_refused in probe(case):
                tries, accepted = tries + 1, accepted + (not was_refused)
            refused += _is_refused_with_a_receipt(name, case)
    return {"unconsented_accepted": accepted, "unconsented_tries": tries, "consented_refused": refused}


def holds(figures: Mapping[str, Any]) -> bool:
    """Whether anything was tried, none was let in, and whoever had agreed was."""
    return bool(
        figures["unconsented_tries"] and not figures["unconsented_accepted"] and not figures["consented_refused"]
    )


def _frames(case: Case, token: str, type_: str, frame: Mapping[str, Any]) -> dict[str, Any]:
    answer = Client(headers={"Host": settings.SITE_HOST}).post(
        f"/w/{case.inbox.widget_key}/frames", json.dumps({"v": 1, "type": type_, **frame}),
        content_type="application/json", headers={"Origin": settings.SITE_ORIGIN, HEADER: token},
    )  # fmt: skip
    return dict(json.loads(answer.content))


def sends_file(case: Case, token: str) -> str:
    """Return with what code a visitor's file was refused; nothing where it was taken."""
    line = json.dumps({"client_id": str(uuid4()), "name": "a.txt"}).encode()
    answer = Client(headers={"Host": settings.SITE_HOST}).post(
        f"/w/{case.inbox.widget_key}/files", line + b"\nHello", content_type="application/octet-stream",
        headers={"Origin": settings.SITE_ORIGIN, HEADER: token},
    )  # fmt: skip
    return str(json.loads(answer.content).get("error", ""))


def _said(hashed: bytes | None) -> dict[str, Any]:
    return {} if hashed is None else {"consent": {"notice": hashed.hex()}}


def _start_over_http(case: Case) -> Iterator[Refused]:
    for hashed in case.false_hashes():
        token, _ = case.stranger()
        answer = _frames(case, token, "conversation.start", {"client_id": str(uuid4()), **_said(hashed)})
        yield answer.get("code") == "consent_required"


def _post_over_http(case: Case) -> Iterator[Refused]:
    for token, _, conversation in case.lapsed():
        for text in case.texts:
            post = {"client_id": str(uuid4()), "conversation": str(conversation), "text": text}
            yield _frames(case, token, "message.post", post).get("code") == "consent_required"


def _start_by_socket(case: Case) -> Iterator[Refused]:
    for hashed in case.false_hashes():
        _, visitor = case.stranger()
        frame = {"client_id": str(uuid4()), **_said(hashed)}
        yield _by_socket(visitor, [("conversation.start", frame)]) == ["consent_required"]


def _post_by_socket(case: Case) -> Iterator[Refused]:
    for _, visitor, conversation in case.lapsed():
        for text in case.texts:
            post = {"client_id": str(uuid4()), "conversation": str(conversation), "text": text}
            yield _by_socket(visitor, [("message.post", post)]) == ["consent_required"]
    yield from _switched_under_an_open_socket(case)


def _switched_under_an_open_socket(case: Case) -> Iterator[Refused]:
    """A socket that was heard a moment ago, after the text has changed."""
    _, visitor, conversation = case.begun()

    def frame() -> tuple[str, dict[str, Any]]:
        return "message.post", {"client_id": str(uuid4()), "conversation": str(conversation), "text": "Hello"}

    heard, refused = _by_socket(visitor, [frame(), frame()], between=case.publish)
    if heard != "acknowledged":
        raise AssertionError(f"who had agreed was answered {heard}")
    yield refused == "consent_required"


def _by_socket(
    visitor: Visitor, frames: list[tuple[str, dict[str, Any]]], between: Callable[[], None] | None = None
) -> list[str]:
    """Return what came of each frame: an error's code, or `acknowledged` or `started`."""

    async def talk() -> list[str]:
        sender = Sender("visitor", VisitorConsumer, "/ws/visitor/", "", {}, visitor)
        socket = Socket(sender)
        await socket.open([str(frames[0][1]["conversation"])] if "conversation" in frames[0][1] else [])
        answers = []
        for place, (type_, fields) in enumerate(frames):
            if place and between is not None:
                await in_thread(between)
            await socket.send(type_, **fields)
            answers.append(await _answer(socket, fields["client_id"]))
        await socket.close()
        return answers

    return asyncio.run(talk())


async def _answer(socket: Socket, client_id: str) -> str:
    while True:
        answer = await socket.wire.receive_output(8)
        event = json.loads(answer["text"]) if "text" in answer else {"type": answer["type"]}
        if event.get("client_id") == client_id and event["type"] != "message.posted":
            return str(event.get("code") or event["type"].split(".")[1])
        if event["type"] == "websocket.close":
            return "closed"


def _contact_over_http(case: Case) -> Iterator[Refused]:
    for token, _, _ in case.lapsed():
        yield _frames(case, token, "contact.give", ADDRESS).get("code") == "consent_required"


def _contact_by_socket(case: Case) -> Iterator[Refused]:
    for _, visitor, _ in case.lapsed():
        yield _leaves_address(visitor) == "consent_required"


def _leaves_address(visitor: Visitor) -> str:
    """Return what comes of it by a socket: an error's code, or the name of the event."""

    async def talk() -> str:
        socket = Socket(Sender("visitor", VisitorConsumer, "/ws/visitor/", "", {}, visitor))
        await socket.open([])
        await socket.send("contact.give", **ADDRESS)
        while True:
            answer = await socket.wire.receive_output(8)
            event = json.loads(answer["text"]) if "text" in answer else {"type": answer["type"]}
            if event["type"] in {"error", "websocket.close"} or event["type"].startswith("contact."):
                await socket.close()
                return str(event.get("code") or event["type"])

    return asyncio.run(talk())


def _file_over_http(case: Case) -> Iterator[Refused]:
    for token, _, _ in case.lapsed():
        yield sends_file(case, token) == "consent_required"


def _by_action(case: Case) -> Iterator[Refused]:
    """The actions themselves, as any interface to come would call them."""
    for hashed in case.false_hashes():
        _, visitor = case.stranger()
        given = None if hashed is None else replace(agreed(case.tenant), notice=hashed)
        said = {"visitor": visitor, "given": ContactDetails(name="Vera")}
        yield given is not None or _raises(give_contact_details, **said)
        yield _raises(start_conversation, visitor=visitor, client_id=uuid4(), opening=Opening(consent=given))
    for _, visitor, conversation in case.lapsed():
        for text in case.texts:
            said = {"conversation_id": conversation, "client_id": uuid4(), "text": text, "kind": "public"}
            yield _raises(messages.post_visitor_message, visitor=visitor, **said)


def _raises(call: Callable[..., Any], **given: Any) -> Refused:
    try:
        call(now=clock.now(), **given)
    except ConsentRequiredError:
        return True
    return False


def _is_refused_with_a_receipt(name: str, case: Case) -> bool:
    """The control: whoever has agreed is let in by the same way."""
    token, visitor, conversation = case.begun()
    post = {"client_id": str(uuid4()), "conversation": str(conversation), "text": "Hello"}
    start = {"client_id": str(uuid4()), **_said(agreed(case.tenant).notice)}
    stranger, other = case.stranger()
    if "fallback" in name:
        answers = [
            _frames(case, *said) for said in ((token, "message.post", post), (stranger, "conversation.start", start))
        ]
        return [answer["type"] for answer in answers] != ["message.acknowledged", "conversation.started"]
    if "files" in name:
        return sends_file(case, token) != ""
    if "consumers" in name:
        heard = [*_by_socket(visitor, [("message.post", post)]), *_by_socket(other, [("conversation.start", start)])]
        return heard != ["acknowledged", "started"]
    said = {**post, "conversation_id": conversation, "client_id": uuid4(), "kind": "public"}
    said.pop("conversation")
    return _raises(messages.post_visitor_message, visitor=visitor, **said)


PROBES: Final[Mapping[str, Callable[[Case], Iterator[Refused]]]] = {
    "chat.consumers.visitor:VisitorConsumer.start_conversation": _start_by_socket,
    "chat.consumers.visitor:VisitorConsumer._draft": _post_by_socket,
    "chat.views.fallback:_start": _start_over_http,
    "chat.views.fallback:_post": _post_over_http,
    "chat.consumers.waiting:WaitingConsumer.give_contact": _contact_by_socket,
    "chat.views.fallback:_give_contact": _contact_over_http,
    "chat.views.files:send": _file_over_http,
}
BESIDE: Final[Mapping[str, Callable[[Case], Iterator[Refused]]]] = {"the actions": _by_action}
