"""Addresses of the sockets."""

from typing import Any

from django.urls import path, re_path

from chat.consumers.agent import AgentConsumer
from chat.consumers.visitor import VisitorConsumer


async def _refuse(scope: Any, receive: Any, send: Any) -> None:
    """Turn away a socket of an unknown address, as any other page that is not there."""
    await receive()
    await send({"type": "websocket.close"})


refuse: Any = _refuse

websocket_urlpatterns = [
    path("ws/visitor/", VisitorConsumer.as_asgi()),
    path("ws/agent/<slug:slug>/", AgentConsumer.as_asgi()),
    re_path("", refuse),
]
