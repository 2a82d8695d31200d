"""Every way in by which a visitor's message is taken, tried by visitors without the receipt that is needed.

The ways come from the code: whatever in an interface calls what makes a visitor's draft or begins a conversation is an
entry, and one that nobody probes is red.
"""

import ast
import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.test import Client

from chat import authentication
from chat.actions import consent, messages
from chat.actions.contacts import give_contact_details
from chat.actions.conversations import start_conversation
from chat.actions.openings import Opening
from chat.consumers.visitor import VisitorConsumer
from chat.delivery.sealed import ConsentRequiredError
from chat.models import ContactDetails, Inbox, VisitorSession
from chat.permissions import Visitor
from chat.views.widget import HEADER
from compliance import rule_sets
from compliance.actions.notices import publish_notice, save_draft
from compliance.models import LawRegion
from compliance.notices.in_force import notices_of
from helpdesk.core import clock
from helpdesk.core.threads import in_thread
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories.consent import agreed, ask_visitors, notices_in
from tests.factories.tenants import make_person, make_tenant, owner_of
from tests.proofs.gate.stage import unhindered
from tests.proofs.isolation.mutants.checks import functions
from tests.proofs.isolation.sockets import Sender, Socket

KEYS: Final = ("unconsented_accepted", "unconsented_tries", "consented_refused")
ROOT: Final = Path(__file__).resolve().parents[4]
#: Through these a visitor's words come into the domain, and what calls them by name in the actions does as well.
DOORS: Final = frozenset({"visitor_draft", "start_conversation", "give_contact_details"})
#: Made by actions alone; an interface that makes one itself is an entry.
MADE: Final = frozenset({"Draft", "SealedMessage.of"})
INTERFACES: Final = ("consumers", "views", "tasks.py", "receivers.py", "record_stores.py", "management")
#: Texts that take each of the ways of `chat.actions.messages`: at once, in a thread, and as a part of a number.
TEXTS: Final = ("Hello", "4111 1111", "Well, " * 300)
OWN: Final = "A text of our own\n\nPublished after you had read another."

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
        case = _Case.make(TEXTS[:1] if stage.is_short else TEXTS)
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


def entries() -> set[str]:
    """Return the functions of interfaces that lead to a door, found in the source: `module:function`."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "chat").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for name, body in functions(ast.parse(path.read_text())):
            found[f"{module}:{name}"] = (
                {ast.unparse(node.func) for node in ast.walk(body) if isinstance(node, ast.Call)}
                | {node.attr for node in ast.walk(body) if isinstance(node, ast.Attribute)}
                | {node.id for node in ast.walk(body) if isinstance(node, ast.Name) and node.id not in MADE}
            )
    doors, before = set(DOORS), set[str]()
    while doors != before:
        before = set(doors)
        doors |= {
            where.rpartition(":")[2].rpartition(".")[2]
            for where, called in found.items()
            if called & doors and where.startswith("chat.actions.")
        }
    inside = {where: called for where, called in found.items() if where.split(".", 1)[1].startswith(_MODULES)}
    # Methods of the same class that lead on to one of them; how a command comes to its handler is a table.
    return {where for where, called in inside.items() if called & (doors | MADE)}


_MODULES: Final = tuple(name.removesuffix(".py") for name in INTERFACES)


class _Case:
    """An organisation that asks, an owner who can change the text, and visitors of it."""

    def __init__(self, tenant: Tenant, inbox: Inbox, other: Tenant, texts: Sequence[str]) -> None:
        self.tenant, self.inbox, self.other, self.texts = tenant, inbox, other, texts

    @classmethod
    def make(cls, texts: Sequence[str]) -> "_Case":
        made = []
        for which in ("a", "b"):
            word = f"c{uuid4().hex[:10]}{which}"
            tenant = make_tenant(word, owner=make_person(word, now=clock.now()), now=clock.now())
            ask_visitors(tenant)
            made.append(tenant)
        with tenant_scope(made[0]):
            return cls(made[0], Inbox.objects.get(), made[1], texts)

    def stranger(self) -> tuple[str, Visitor]:
        """A browser that has said nothing yet: its token, and who it is."""
        token = authentication.new_token()
        return token, Visitor(self.tenant.id, self.inbox.id, authentication.token_hash(self.tenant.id, token))

    def false_hashes(self) -> Iterator[bytes | None]:
        """What may be claimed to have been read: nothing, nothing of ours, and another organisation's text."""
        yield None
        yield b"\x00" * 32
        yield notices_in(self.other).of(LawRegion.DEFAULT, "en").digest

    def begun(self) -> tuple[str, Visitor, UUID]:
        """A visitor who has agreed and begun."""
        token, visitor = self.stranger()
        given = Opening(consent=agreed(self.tenant))
        begun, visitor = start_conversation(visitor=visitor, client_id=uuid4(), now=clock.now(), opening=given)
        return token, visitor, begun.id

    def lapsed(self) -> Iterator[tuple[str, Visitor, UUID]]:
        """Visitors in a conversation whose receipt is worth nothing any more."""
        token, visitor, conversation = self.begun()
        consent.withdraw_consent(visitor=visitor, now=clock.now())
        yield token, visitor, conversation
        token, visitor, conversation = self.begun()
        with tenant_scope(self.tenant):
            # As it was stored before anybody was asked.
            VisitorSession.objects.filter(id=visitor.session_id).update(notice_hash=None)
        yield token, visitor, conversation
        token, visitor, conversation = self.begun()
        self.publish()
        yield token, visitor, conversation

    def publish(self) -> None:
        """Let another text be in force, known to this process at once."""
        owner, now, law = owner_of(self.tenant), clock.now(), LawRegion.DEFAULT
        with tenant_scope(self.tenant):
            said = f"{OWN} {uuid4()}"
            save_draft(law=law, language="en", body=said, actor=owner, now=now)
            shown = notices_of(self.tenant).preview(law, "en", said).digest
            publish_notice(law=law, language="en", text_hash=shown, actor=owner, now=now)
        rule_sets.forget(self.tenant.id)


def _frames(case: _Case, token: str, type_: str, frame: Mapping[str, Any]) -> dict[str, Any]:
    answer = Client(headers={"Host": settings.SITE_HOST}).post(
        f"/w/{case.inbox.widget_key}/frames", json.dumps({"v": 1, "type": type_, **frame}),
        content_type="application/json", headers={"Origin": settings.SITE_ORIGIN, HEADER: token},
    )  # fmt: skip
    return dict(json.loads(answer.content))


def _said(hashed: bytes | None) -> dict[str, Any]:
    return {} if hashed is None else {"consent": {"notice": hashed.hex()}}


def _start_over_http(case: _Case) -> Iterator[Refused]:
    for hashed in case.false_hashes():
        token, _ = case.stranger()
        answer = _frames(case, token, "conversation.start", {"client_id": str(uuid4()), **_said(hashed)})
        yield answer.get("code") == "consent_required"


def _post_over_http(case: _Case) -> Iterator[Refused]:
    for token, _, conversation in case.lapsed():
        for text in case.texts:
            post = {"client_id": str(uuid4()), "conversation": str(conversation), "text": text}
            yield _frames(case, token, "message.post", post).get("code") == "consent_required"


def _start_by_socket(case: _Case) -> Iterator[Refused]:
    for hashed in case.false_hashes():
        _, visitor = case.stranger()
        frame = {"client_id": str(uuid4()), **_said(hashed)}
        yield _by_socket(visitor, [("conversation.start", frame)]) == ["consent_required"]


def _post_by_socket(case: _Case) -> Iterator[Refused]:
    for _, visitor, conversation in case.lapsed():
        for text in case.texts:
            post = {"client_id": str(uuid4()), "conversation": str(conversation), "text": text}
            yield _by_socket(visitor, [("message.post", post)]) == ["consent_required"]
    yield from _switched_under_an_open_socket(case)


def _switched_under_an_open_socket(case: _Case) -> Iterator[Refused]:
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


def _contact_over_http(case: _Case) -> Iterator[Refused]:
    for token, _, _ in case.lapsed():
        yield _frames(case, token, "contact.give", ADDRESS).get("code") == "consent_required"


def _contact_by_socket(case: _Case) -> Iterator[Refused]:
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


def _by_action(case: _Case) -> Iterator[Refused]:
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


def _is_refused_with_a_receipt(name: str, case: _Case) -> bool:
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
    if "consumers" in name:
        heard = [*_by_socket(visitor, [("message.post", post)]), *_by_socket(other, [("conversation.start", start)])]
        return heard != ["acknowledged", "started"]
    said = {**post, "conversation_id": conversation, "client_id": uuid4(), "kind": "public"}
    said.pop("conversation")
    return _raises(messages.post_visitor_message, visitor=visitor, **said)


PROBES: Final[Mapping[str, Callable[[_Case], Iterator[Refused]]]] = {
    "chat.consumers.visitor:VisitorConsumer.start_conversation": _start_by_socket,
    "chat.consumers.visitor:VisitorConsumer._draft": _post_by_socket,
    "chat.views.fallback:_start": _start_over_http,
    "chat.views.fallback:_post": _post_over_http,
    "chat.consumers.waiting:WaitingConsumer.give_contact": _contact_by_socket,
    "chat.views.fallback:_give_contact": _contact_over_http,
}
BESIDE: Final[Mapping[str, Callable[[_Case], Iterator[Refused]]]] = {"the actions": _by_action}
