"""Addresses of the sockets."""

from typing import Any

from django.urls import re_path

from chat.actions.messages import warm_up
from chat.consumers.agent import AgentConsumer
from chat.consumers.visitor import VisitorConsumer
from tenants.roles import Capability
from tenants.tenancy import organisation, route, visitor


async def _refuse(scope: Any, receive: Any, send: Any) -> None:
    """Turn away a socket of an unknown address, as any other page that is not there."""
    await receive()
    await send({"type": "websocket.close"})


refuse: Any = _refuse

# Here, since only a server of sockets reads this module, and Daphne tells nobody that it starts.
warm_up()

websocket_urlpatterns = [
    route("ws/visitor/", VisitorConsumer.as_asgi(), visitor()),
    route("ws/agent/<slug:slug>/", AgentConsumer.as_asgi(), organisation(Capability.READ_CONVERSATIONS)),
    re_path("", refuse),
]
