"""Vera, a visitor on Acme's site, and sockets of members."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.test import Client

from chat.models import Conversation
from tenants.models import Membership, Tenant
from tests.factories.chats import ask, widget_key
from tests.support.server import Server
from tests.support.sockets import Browser, ChatSocket, agent_socket
from tests.support.without_sockets import Tab

OpenAgentSocket = Callable[..., ChatSocket]


@pytest.fixture
def vera(acme: Tenant, server: Server) -> Browser:
    """A visitor on Acme's site, who has said nothing yet."""
    return Browser(server, widget_key(acme))


@pytest.fixture
def asked(acme: Tenant, now: datetime) -> Conversation:
    """A conversation with one question, which nobody holds."""
    return ask(acme, now, "Is the larger tent back in stock?")


@pytest.fixture
def tab(sign_in: Callable[..., Client], ada: Membership) -> Tab:
    """Ada's page, which no socket is let through to."""
    return Tab(sign_in, ada)


@pytest.fixture
def open_agent_socket(server: Server, sign_in: Callable[..., Client]) -> Iterator[OpenAgentSocket]:
    """Open a member's socket; it is closed at the end of the test."""
    opened: list[ChatSocket] = []

    def open_socket(member: Membership, *, slug: str | None = None, **options: bool) -> ChatSocket:
        client = sign_in(Client(), member)
        chat = agent_socket(server, client, slug or member.tenant.slug, **options)
        opened.append(chat)
        return chat

    yield open_socket
    for chat in opened:
        chat.connection.close()
