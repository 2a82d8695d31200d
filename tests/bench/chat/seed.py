"""Organisations, members with sessions, visitors with conversations: what load needs to sign in."""

import itertools
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from chat import authentication
from chat.actions.conversations import start_conversation
from chat.actions.messages import post_visitor_message
from chat.models import Conversation, Inbox
from chat.permissions import Visitor
from helpdesk.core import clock
from tenants.models import Tenant, User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.consent import agreed_opening, ask_visitors
from tests.factories.tenants import make_member, make_person, make_tenant

MEMBERS: Final = 5
SAID: Final = 5
#: Messages that a socket has missed when it comes.
RESUMED: Final = 3


@dataclass
class Place:
    """An organisation with its members' cookies and its visitors."""

    tenant: Tenant
    cookies: list[str]
    visitors: list[Visitor]
    conversations: list[str]


def sow(tenants: int, conversations: int) -> list[Place]:
    """Make organisations that share so many conversations."""
    now = clock.now()
    places = []
    for number in range(tenants):
        owner = make_person(f"Owner{number}", now=now)
        tenant = make_tenant(f"Bench{number}", owner=owner, now=now)
        ask_visitors(tenant)
        members = [make_member(tenant, f"Agent{number}x{place}", Role.AGENT, now=now) for place in range(MEMBERS)]
        places.append(Place(tenant, [cookie_of(member.user) for member in members], [], []))
    for number in range(conversations):
        _converse(places[number % tenants])
    return places


def _converse(place: Place) -> None:
    now = clock.now()
    with tenant_scope(place.tenant):
        inbox = Inbox.objects.get()
    visitor = Visitor(place.tenant.id, inbox.id, uuid4().bytes * 2)
    conversation, visitor = start_conversation(
        visitor=visitor, client_id=uuid4(), now=now, opening=agreed_opening(place.tenant)
    )
    for _ in range(SAID):
        post_visitor_message(
            visitor=visitor, conversation_id=conversation.id, client_id=uuid4(), text="Said before", kind="public",
            now=now,
        )  # fmt: skip
    place.visitors.append(visitor)
    place.conversations.append(str(conversation.id))


def visitors(places: list[Place], count: int) -> list[dict[str, Any]]:
    """Return so many visitors with a fresh ticket each, of all organisations in turn."""
    authentication.TICKET_S = 600  # type: ignore[misc]
    said = _said(places)
    chosen = itertools.islice(itertools.cycle(_in_turn(places)), count)
    return [
        {
            "ticket": authentication.issue_ticket(place.visitors[index]),
            "conversation": place.conversations[index],
            "after": said[place.conversations[index]] - RESUMED,
        }
        for place, index in chosen
    ]


def agents(places: list[Place], count: int) -> list[dict[str, Any]]:
    """Return so many members' sockets, each on one conversation, in the order of `visitors`."""
    said = _said(places)
    chosen = itertools.islice(itertools.cycle(_in_turn(places)), count)
    return [
        {
            "slug": place.tenant.slug,
            "cookie": place.cookies[index % MEMBERS],
            "conversation": place.conversations[index],
            "after": said[place.conversations[index]] - RESUMED,
        }
        for place, index in chosen
    ]


def _said(places: list[Place]) -> dict[str, int]:
    """Return how far each conversation has come, which other runs have carried on."""
    said: dict[str, int] = {}
    for place in places:
        with tenant_scope(place.tenant):
            said |= {str(one): last for one, last in Conversation.objects.values_list("id", "last_sequence")}
    return said


def _in_turn(places: list[Place]) -> list[tuple[Place, int]]:
    most = max(len(place.conversations) for place in places)
    return [(place, index) for index in range(most) for place in places if index < len(place.conversations)]


def cookie_of(user: User) -> str:
    """Return the cookie header of a person who has signed in with both factors."""
    from django.conf import settings
    from django.test import Client

    from tests.factories.tenants import sign_in

    client = sign_in(Client(), user)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"
