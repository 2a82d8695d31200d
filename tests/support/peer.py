"""The other end of a socket, driven in this process."""

import asyncio
import json
from uuid import uuid4

from django.conf import settings

from chat.consumers.visitor import VisitorConsumer
from chat.delivery.hub import hub


class Peer:
    """The other end of one consumer."""

    def __init__(self, *, origin=settings.SITE_ORIGIN, consumer=VisitorConsumer, **scope):
        headers = [(b"origin", origin.encode())] if origin else []
        self.scope = {"type": "websocket", "headers": headers, "client": ("192.0.2.7", 1), "path": "/ws/visitor/"}
        self.scope |= scope
        self.consumer = consumer
        self.inward, self.outward = asyncio.Queue(), asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()

    async def __aenter__(self):
        self.task = asyncio.create_task(self.consumer.as_asgi()(self.scope, self.inward.get, self._take))
        await self.inward.put({"type": "websocket.connect"})
        assert (await self.heard())["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *_):
        await self.inward.put({"type": "websocket.disconnect", "code": 1001})
        self.reads.set()
        await asyncio.wait_for(self.task, 5)
        await hub().close()

    async def _take(self, event):
        await self.reads.wait()
        await self.outward.put(event)

    async def heard(self):
        return await asyncio.wait_for(self.outward.get(), 8)

    async def send(self, type_, /, **fields):
        frame = json.dumps({"v": 1, "type": type_, **fields}, default=str)
        await self.inward.put({"type": "websocket.receive", "text": frame})

    async def expect(self, type_):
        while True:
            event = await self.heard()
            if event["type"] == "websocket.close":
                raise AssertionError(f"closed with {event['code']}")
            told = json.loads(event["text"])
            if told["type"] == type_:
                return told

    async def closed_with(self):
        while (event := await self.heard())["type"] != "websocket.close":
            pass
        return event["code"]


async def post(peer, conversation, text="Hello"):
    client_id = str(uuid4())
    await peer.send("message.post", client_id=client_id, conversation=conversation, text=text)
    return client_id
