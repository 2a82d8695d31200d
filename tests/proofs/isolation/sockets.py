"""Probes of the sockets: every command with the id of a conversation that is not the sender's.

The sockets are spoken to as a server would, without the network. A command is followed by one whose answer is known,
so that "nothing came" is certain.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.conf import settings

from chat import authentication
from chat.consumers.agent import AgentConsumer
from chat.consumers.base import ProtocolConsumer
from chat.consumers.visitor import VisitorConsumer
from chat.models import Conversation
from chat.permissions import Visitor
from chat.protocol.commands import Command
from helpdesk.core.clock import now
from helpdesk.core.ids import uuid7
from helpdesk.routing import websocket_application
from tenants.scoping import tenant_scope
from tenants.tenancy import Kind
from tests.proofs.isolation.fingerprints import fingerprint
from tests.proofs.isolation.forked import forked
from tests.proofs.isolation.report import Report
from tests.proofs.isolation.sides import Side, World
from tests.proofs.isolation.world import cookies_of

SAMPLES: Final[dict[str, dict[str, Any]]] = {
    "message.post": {"text": "Hello from elsewhere"},
    "conversation.resume": {"after_sequence": 0},
    "typing.set": {"on": True},
    "read.mark": {"sequence": 1},
    "rating.give": {"value": 5},
}
# For what comes at once where nothing else is done.
WAIT_S: Final = 60


@dataclass(frozen=True)
class Sender:
    """Somebody at a socket, with a conversation that is theirs."""

    name: str
    consumer: type[ProtocolConsumer]
    path: str
    own: str
    cookies: dict[str, str]
    visitor: Visitor | None = None


class Socket:
    """One open socket."""

    def __init__(self, sender: Sender) -> None:
        headers = [(b"origin", settings.SITE_ORIGIN.encode())]
        if sender.cookies:
            headers.append((b"cookie", "; ".join(f"{k}={v}" for k, v in sender.cookies.items()).encode()))
        scope = {
            "type": "websocket", "path": sender.path, "query_string": b"", "headers": headers,
            "client": ("127.0.0.1", 1), "subprotocols": [],
        }  # fmt: skip
        self.sender = sender
        self.wire = ApplicationCommunicator(websocket_application, scope)

    async def open(self, conversations: list[str] | None = None) -> list[dict[str, Any]]:
        await self.wire.send_input({"type": "websocket.connect"})
        answer = await self.wire.receive_output(WAIT_S)
        if answer["type"] != "websocket.accept":
            return [{"type": "closed", "code": answer.get("code")}]
        opening: dict[str, Any] = {"conversations": [{"conversation": one} for one in conversations or []]}
        if self.sender.visitor is not None:
            opening["ticket"] = await database_sync_to_async(authentication.issue_ticket)(self.sender.visitor)
        await self.send("session.open", **opening)
        return await self.until("session.opened")

    async def send(self, type_: str, /, **fields: Any) -> None:
        frame = json.dumps({"v": 1, "type": type_, **fields})
        await self.wire.send_input({"type": "websocket.receive", "text": frame})

    async def until(self, kind: str, client_id: str = "") -> list[dict[str, Any]]:
        """Return what came, up to an event of a kind or the end of the socket."""
        came: list[dict[str, Any]] = []
        while True:
            answer = await self.wire.receive_output(WAIT_S)
            if answer["type"] == "websocket.close":
                return [*came, {"type": "closed", "code": answer.get("code")}]
            event = json.loads(answer["text"])
            came.append(event)
            if event["type"] == kind and (not client_id or event.get("client_id") == client_id):
                return came

    async def ask(self, type_: str, **fields: Any) -> list[dict[str, Any]]:
        """Send a command and return its answers: all that came before that of a second, known one."""
        await self.send(type_, **fields)
        barrier = str(uuid4())
        await self.send("message.post", client_id=barrier, conversation=str(uuid7()), text="x")
        return (await self.until("error", barrier))[:-1]

    async def close(self) -> None:
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self.wire.wait(WAIT_S), WAIT_S)


def senders(world: World) -> list[Sender]:
    """Those who must learn nothing: of another organisation, and another visitor of the same one."""
    globex, acme = world.globex, world.acme
    return [
        Sender("owner of another tenant", AgentConsumer, f"/ws/agent/{globex.tenant.slug}/",
               str(globex.conversation.id), cookies_of(globex.members["owner"].user)),
        Sender("visitor of another tenant", VisitorConsumer, "/ws/visitor/", str(globex.conversation.id), {},
               as_visitor(globex, globex.visitor_token)),
        Sender("other visitor of the same tenant", VisitorConsumer, "/ws/visitor/", str(acme.held.id), {},
               as_visitor(acme, acme.other_visitor_token)),
    ]  # fmt: skip


def rightful(world: World) -> list[Sender]:
    acme = world.acme
    return [
        Sender("acme's owner", AgentConsumer, f"/ws/agent/{acme.tenant.slug}/", str(acme.conversation.id),
               cookies_of(acme.members["owner"].user)),
        Sender("acme's visitor", VisitorConsumer, "/ws/visitor/", str(acme.conversation.id), {},
               as_visitor(acme, acme.visitor_token)),
    ]  # fmt: skip


def as_visitor(side: Side, token: str) -> Visitor:
    hashed = authentication.token_hash(side.tenant.id, token)
    found = authentication.visitor_of(side.tenant.id, side.rows["chat.Inbox"], hashed, "", now())
    assert found is not None
    assert found.contact_id is not None
    return found


def without_chance(event: dict[str, Any]) -> dict[str, Any]:
    """Return what an event says but for what is random in each: the ticket of one's next socket, and our own ids."""
    return {name: bool(said) if name == "ticket" else said for name, said in event.items() if name != "client_id"}


class SocketProof:
    """Every command of both tables, every place an id stands in, every sender."""

    def __init__(self, world: World, report: Report) -> None:
        self.world, self.report = world, report
        self.victim = str(world.acme.conversation.id)
        self.before: tuple[Any, ...] = ()

    def run(self) -> None:
        """Probe; the sockets are closed on a loop of their own."""
        outsiders, insiders = senders(self.world), rightful(self.world)
        self.before = fingerprint(self.world.acme)
        asyncio.run(self.probe(outsiders))
        asyncio.run(self.controls(insiders))

    async def probe(self, outsiders: list[Sender]) -> None:
        for sender in outsiders:
            for type_, command in sender.consumer.commands.items():
                if command.ids is None:
                    self.report.uncovered[(sender.path, type_, "*", "*", sender.name)] = "it declares no ids"
                for position, kind in (command.ids or {}).items():
                    await self.compare(sender, command, type_, position, kind)
            await self.addresses(sender)
        await self.overhears(outsiders)

    async def compare(self, sender: Sender, command: type[Command], type_: str, position: str, kind: Kind) -> None:
        nothing = str(uuid7())
        answers = [await self.answer(sender, type_, position, value) for value in (self.victim, nothing)]
        plain = [self.plain(one, value) for one, value in zip(answers, (self.victim, nothing), strict=True)]
        cell = (sender.path, type_, f"field:{position}", str(kind), sender.name)
        leak = "it shows the other's words" if self.shows(answers[0], sender) else ""
        if await database_sync_to_async(fingerprint)(self.world.acme) != self.before:
            leak = "it changed the other organisation's rows"
        self.report.probed(cell, leak=leak, oracle="" if plain[0] == plain[1] else f"{plain[0]} against {plain[1]}")

    async def answer(self, sender: Sender, type_: str, position: str, value: str) -> list[dict[str, Any]]:
        socket = Socket(sender)
        if position.startswith("conversations."):
            came = await socket.open([value])
        else:
            await socket.open()
            fields = {**SAMPLES.get(type_, {}), position: value}
            if type_ in {"message.post", "conversation.start"}:
                fields["client_id"] = str(uuid4())
            came = await socket.ask(type_, **fields)
        await socket.close()
        return came

    def plain(self, came: list[dict[str, Any]], value: str) -> str:
        answers = [event for event in came if not self.is_own_presence(event)]
        return json.dumps([without_chance(event) for event in answers]).replace(value, "{id}")

    def is_own_presence(self, event: dict[str, Any]) -> bool:
        """Whether it tells that somebody came, who is none of the victim's: no answer, and it comes when it comes."""
        theirs = {str(member.id) for member in self.world.acme.members.values()}
        return event["type"] == "presence.changed" and event["membership"] not in theirs

    def shows(self, came: list[dict[str, Any]], sender: Sender) -> bool:
        text = json.dumps(came).replace(self.victim, "")
        words = self.world.secrets if "same tenant" not in sender.name else ["acmeonly-plaintext"]
        return any(word in text for word in words)

    async def addresses(self, sender: Sender) -> None:
        """The organisation in the socket's address: another's closes like one that is not there."""
        if sender.consumer is not AgentConsumer:
            return
        ends = []
        for slug in (self.world.acme.tenant.slug, "nobody-of-that-name"):
            other = Sender(sender.name, sender.consumer, f"/ws/agent/{slug}/", sender.own, sender.cookies)
            socket = Socket(other)
            ends.append(await socket.open())
        cell = ("/ws/agent/<slug>/", "connect", "path:slug", str(Kind.ORGANISATION), sender.name)
        leak = "it opens" if ends[0][-1]["type"] != "closed" else ""
        self.report.probed(cell, leak=leak, oracle="" if ends[0] == ends[1] else f"{ends}")

    async def overhears(self, outsiders: list[Sender]) -> None:
        """Asked to follow the victim's conversation, a socket hears nothing of what is said there afterwards."""
        from chat.actions.messages import announce, post_agent_message

        sockets = []
        for sender in outsiders:
            socket = Socket(sender)
            await socket.open([self.victim])
            await socket.ask("conversation.resume", conversation=self.victim, after_sequence=0)
            sockets.append(socket)
        committed = await database_sync_to_async(post_agent_message)(
            membership=self.world.acme.members["owner"], conversation_id=self.world.acme.conversation.id,
            client_id=uuid4(), text="acmeonly-said-later", kind="public", now=now(),
        )  # fmt: skip
        await database_sync_to_async(announce)(committed)
        await asyncio.sleep(1)
        for socket in sockets:
            came = await socket.ask("typing.set", conversation=socket.sender.own, on=False)
            heard = [one for one in came if one["type"] not in {"error", "heartbeat"} and not self.is_own_presence(one)]
            cell = (socket.sender.path, "message.posted", "event", str(Kind.CONVERSATION), socket.sender.name)
            self.report.probed(cell, leak=f"it hears {heard[0]['type']}" if heard else "")
            await socket.close()

    async def controls(self, insiders: list[Sender]) -> None:
        """Whose conversation it is gets another answer than for one that is not there."""
        for sender in insiders:
            for type_, command in sender.consumer.commands.items():
                for position in command.ids or {}:
                    self.report.controls += 1
                    own, nothing = sender.own, str(uuid7())
                    right = self.plain(await self.after_following(sender, type_, position, own), own)
                    if type_ == "conversation.end":
                        await database_sync_to_async(self.reopen)(own)
                    wrong = self.plain(await self.after_following(sender, type_, position, nothing), nothing)
                    if right == wrong and type_ != "conversation.unfollow":
                        cell = (sender.path, type_, f"field:{position}", "*", "*")
                        self.report.uncovered[cell] = "the right id is answered like one of nothing"

    def reopen(self, conversation: str) -> None:
        """Let the rest of the proof find it as it was."""
        since = self.world.acme.conversation.waiting_since
        with tenant_scope(self.world.acme.tenant):
            Conversation.objects.filter(id=conversation).update(status="open", resolved_at=None, waiting_since=since)

    async def after_following(self, sender: Sender, type_: str, position: str, value: str) -> list[dict[str, Any]]:
        if position.startswith("conversations."):
            return await self.answer(sender, type_, position, value)
        socket = Socket(sender)
        await socket.open([value])
        fields = {**SAMPLES.get(type_, {}), position: value}
        if type_ == "message.post":
            fields["client_id"] = str(uuid4())
        came = await socket.ask(type_, **fields)
        await socket.close()
        return came


def probe_sockets(world: World, report: Report) -> None:
    """Probe all sockets, in a process of their own: the threads that they leave behind end with it."""
    for found in forked(_probe, [(world,)]):
        report.add(found)


def _probe(world: World) -> Report:
    report = Report()
    SocketProof(world, report).run()
    return report
