"""What the chat is compared with, as ASGI applications. Each is served by the same server as the chat itself.

- `echo`: the bare protocol; sends back what it gets.
- `stock`: a consumer as Channels' manual has them, with the pub/sub layer of channels-redis: the same sign-in, masking,
  sealing, database and group commit, but Channels' own dispatch and layer between visitor and agent.
- `frames`: reads commands by the chat's own codec and writes the three frames that each message of the chat makes, and
  nothing else: neither masks, seals, stores nor looks who is there.
- `no_database`: the chat, with numbers given in memory where the commit would be.
"""

import asyncio
import os
from collections import defaultdict
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Bare ASGI."""
    if scope["type"] != "websocket":
        await _not_a_socket(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})


def frames() -> Any:
    """Bare ASGI that reads and writes what the chat does."""
    django.setup()
    from chat.protocol import codec
    from chat.protocol.commands import AGENT_COMMANDS, VISITOR_COMMANDS, PostMessage, named
    from chat.protocol.events import SessionOpened
    from chat.protocol.frames import acknowledged

    members_say, visitors_say = named(AGENT_COMMANDS), named(VISITOR_COMMANDS)
    members: defaultdict[UUID, list[Any]] = defaultdict(list)
    opened = codec.encode(SessionOpened(conversations=[]))
    at = datetime(2026, 1, 2, tzinfo=UTC)

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            await _not_a_socket(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        is_member = "/agent/" in scope["path"]
        while (event := await receive())["type"] == "websocket.receive":
            command: Any = codec.parse(event["text"], members_say if is_member else visitors_say)
            if not isinstance(command, PostMessage):
                if is_member:
                    members[command.conversations[0].conversation].append(send)
                await send({"type": "websocket.send", "text": opened})
                continue
            told = acknowledged(command.client_id, command.conversation, 1, at)
            await send({"type": "websocket.send", "text": told})
            shown = told.replace("message.acknowledged", "message.posted", 1)[:-1] + f',"text":{quoted(command.text)}}}'
            for tell in (send, *members[command.conversation]):
                await tell({"type": "websocket.send", "text": shown})

    return serve


async def _not_a_socket(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while (event := await receive())["type"] != "lifespan.shutdown":
            await send({"type": event["type"] + ".complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def no_database() -> Any:
    """The chat without its commits."""
    django.setup()
    from chat.delivery.group import GroupCommitter, Stored
    from chat.delivery.sealed import Committed, SealedMessage
    from helpdesk.asgi import application

    last: defaultdict[UUID, int] = defaultdict(int)

    def put(committer: GroupCommitter, sealed: SealedMessage) -> Stored:
        last[sealed.draft.conversation_id] += 1
        sequence = last[sealed.draft.conversation_id]
        stored: Stored = asyncio.get_running_loop().create_future()
        stored.set_result(Committed.now(sealed, sequence, sequence, "open"))
        return stored

    GroupCommitter.put = put  # type: ignore[method-assign]
    return application


def stock() -> Any:
    """A stock consumer for both sides, under the chat's own addresses and protocol."""
    django.setup()
    from django.conf import settings

    from helpdesk.asgi import http_application

    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [settings.REDIS_URL]},
        }
    }
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.urls import path

    from chat.actions.messages import warm_up
    from helpdesk.lifespan import Lifespan
    from tests.bench.chat.stock import StockAgent, StockVisitor

    warm_up()
    routes: Any = [
        path("ws/visitor/", StockVisitor.as_asgi()),
        path("ws/agent/<slug:slug>/", StockAgent.as_asgi()),
    ]
    return Lifespan(ProtocolTypeRouter({"http": http_application, "websocket": URLRouter(routes)}))
