"""Who chats: organisations with agents and visitors; and what is stored afterwards, by the one door to plaintext."""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import connections

from chat import authentication, disclosure, selectors
from chat.actions.conversations import start_conversation
from chat.models import Inbox, Message
from chat.permissions import Visitor
from chat.protocol.events import MessagePosted
from helpdesk.core import clock
from tenants.models import Membership, Tenant
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.bench.chat.seed import cookie_of
from tests.factories.consent import agreed_opening, ask_visitors
from tests.factories.tenants import make_member, make_person, make_tenant
from tests.proofs.durability.judge import Stored

TENANTS: Final = 5
AGENTS_EACH: Final = 2


@dataclass
class Chat:
    """One conversation with the visitor and the agent in it."""

    conversation: UUID
    tenant: Tenant
    visitor: Visitor
    agent: Membership
    widget_key: str
    token: str


@dataclass
class World:
    """Everyone."""

    chats: list[Chat] = field(default_factory=list)
    cookies: dict[UUID, str] = field(default_factory=dict)

    def visitors(self) -> list[dict[str, Any]]:
        """What the clients' process is told of visitors."""
        return [
            {
                "conversation": str(chat.conversation),
                "widget_key": chat.widget_key,
                "token": chat.token,
                "address": f"198.51.100.{number}",
            }
            for number, chat in enumerate(self.chats, start=1)
        ]

    def agents(self) -> list[dict[str, Any]]:
        """What it is told of agents: each follows several conversations on one socket."""
        return [
            {
                "slug": next(chat.tenant.slug for chat in self.chats if chat.agent.id == member),
                "cookie": cookie,
                "conversations": [str(chat.conversation) for chat in self.chats if chat.agent.id == member],
            }
            for member, cookie in self.cookies.items()
        ]


def sow(conversations: int, name: str) -> World:
    """Make organisations that share so many conversations; their names begin with `name`."""
    come_back()
    world, now = World(), clock.now()
    for number in range(TENANTS):
        tenant = make_tenant(f"{name}{number}", owner=make_person(f"{name}Owner{number}", now=now), now=now)
        members = [make_member(tenant, f"{name}Agent{number}x{n}", Role.AGENT, now=now) for n in range(AGENTS_EACH)]
        ask_visitors(tenant)
        with tenant_scope(tenant):
            inbox = Inbox.objects.get()
        for place in range(number, conversations, TENANTS):
            agent = members[place // TENANTS % AGENTS_EACH]
            token = authentication.new_token()
            hashed = authentication.token_hash(tenant.id, token)
            begun, visitor = start_conversation(
                visitor=Visitor(tenant.id, inbox.id, hashed),
                client_id=uuid4(),
                now=clock.now(),
                opening=agreed_opening(tenant),
            )
            world.cookies.setdefault(agent.id, cookie_of(agent.user))
            world.chats.append(Chat(begun.id, tenant, visitor, agent, str(inbox.widget_key), token))
    return world


def come_back() -> None:
    """Let go of this process's own connections: they die with their server like everyone's."""
    connections.close_all()


def stored(chat: Chat) -> Stored:
    """What is kept of a conversation, as its two sides may read it."""
    with tenant_scope(chat.tenant):
        rows = Message.objects.of(chat.conversation).order_by("sequence")
        raw = [str(client_id) for client_id in rows.values_list("client_id", flat=True)]
    return Stored(raw, _read(chat, chat.agent), _read(chat, chat.visitor))


def last_sequences(world: World) -> dict[str, dict[str, int]]:
    """How far each conversation has come, in both numberings."""
    come_back()
    known: dict[str, dict[str, int]] = {"visitor": {}, "agent": {}}
    for chat in world.chats:
        with tenant_scope(chat.tenant):
            conversation = selectors.conversation(chat.conversation)
        if conversation is None:
            raise LookupError("a conversation is gone")
        known["visitor"][str(chat.conversation)] = conversation.last_public_sequence
        known["agent"][str(chat.conversation)] = conversation.last_sequence
    return known


def _read(chat: Chat, viewer: Membership | Visitor) -> list[tuple[int, str, str]]:
    messages: list[MessagePosted] = []
    while True:
        with tenant_scope(chat.tenant):
            conversation = selectors.conversation(chat.conversation)
            if conversation is None:
                raise LookupError("a conversation is gone")
            last = messages[-1].sequence if messages else 0
            page = disclosure.resumed(conversation, viewer, last, now=clock.now())
        messages += page.messages
        if page.complete:
            return [(one.sequence, str(one.client_id), one.text) for one in messages]
