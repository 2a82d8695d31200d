"""Every role at every page of an organisation, and with every command of an agent's socket: let in or refused as the
capability table says. Routes and commands come from the code, so what is added is asked as well.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from chat.consumers.agent import AgentConsumer
from chat.models import Conversation
from chat.protocol.commands import AGENT_COMMANDS, Heartbeat, OpenAgentSession, named
from helpdesk.core import clock
from tenants.roles import ROLE_CAPABILITIES, Capability
from tenants.scoping import tenant_scope
from tenants.tenancy import Who
from tests.proofs.gate.stage import Figures, Stage, unhindered
from tests.proofs.isolation.asking import Browser
from tests.proofs.isolation.cast import Actor, insider
from tests.proofs.isolation.routes import Route, routes
from tests.proofs.isolation.samples import SAMPLES
from tests.proofs.isolation.sides import World
from tests.proofs.isolation.sockets import SAMPLES as FRAMES
from tests.proofs.isolation.sockets import Sender, Socket
from tests.proofs.isolation.world import make_world
from tests.support.progress import say

KEYS: Final = ("matrix_cells", "matrix_wrong")
SHORT_EVERY: Final = 9
FORBIDDEN: Final = 403
NOT_ALLOWED: Final = 4403
# The page says so itself, where the member's own station is one that may not be left: no gate.
EVERY_ROLE: Final = tuple(ROLE_CAPABILITIES)


def measure(stage: Stage) -> Figures:
    """Ask in all ways; a cell is wrong where who may is refused, or who may not is let in."""
    with unhindered():
        world = make_world(clock.now())
        with tenant_scope(world.acme.tenant):
            # What a colleague holds is refused for another reason.
            Conversation.objects.filter(id=world.acme.conversation.id).update(assignee=None)
        people = {role: insider(world, role, world.acme) for role in EVERY_ROLE}
        cells = [*_pages(world, people, SHORT_EVERY if stage.is_short else 1), *_commands(world, people)]
    wrong = [name for name, is_right in cells if not is_right]
    for name in wrong:
        say(f"WRONG {name}")
    return {"matrix_cells": len(cells), "matrix_wrong": len(wrong)}


def _pages(world: World, people: dict[str, Actor], every: int) -> Iterator[tuple[str, bool]]:
    browser = Browser(world)
    asked = [route for route in routes() if route.rule is not None and route.rule.who is Who.ORGANISATION]
    for number, route in enumerate(asked):
        for offset, role in enumerate(EVERY_ROLE):
            if (number + offset) % every == 0:
                yield f"{role} at {route.name}", _is_right(world, browser, route, people[role], role)


def _is_right(world: World, browser: Browser, route: Route, actor: Actor, role: str) -> bool:
    rule = route.rule
    assert rule is not None
    may = rule.capability is None or rule.capability in ROLE_CAPABILITIES[role]
    body = {**SAMPLES.get(route.label, {}), **{name: world.acme.value(kind) for name, kind in rule.body.items()}}
    address = route.address(route.own_values(world.acme))
    statuses = {browser.ask(actor, method, address, body=body, watched=False).status for method in ("GET", "POST")} - {
        405
    }
    # Who may is refused by nothing but the row itself, such as a colleague's conversation: one method at least passes.
    return statuses != {FORBIDDEN} if may else statuses <= {FORBIDDEN}


def _commands(world: World, people: dict[str, Actor]) -> Iterator[tuple[str, bool]]:
    for role in EVERY_ROLE:
        for name, command in named(AGENT_COMMANDS).items():
            if command is not Heartbeat:
                may = {command.capability, Capability.READ_CONVERSATIONS} <= ROLE_CAPABILITIES[role]
                sender = Sender(role, AgentConsumer, f"/ws/agent/{world.acme.tenant.slug}/",
                                str(world.acme.conversation.id), people[role].cookies)  # fmt: skip
                yield f"{role} sends {name}", asyncio.run(_passes(sender, name)) == may


async def _passes(sender: Sender, command: str) -> bool:
    """Whether a command is carried out, and not refused or the socket closed."""
    socket = Socket(sender)
    came = await socket.open([sender.own])
    if command != named((OpenAgentSession,)).popitem()[0] and came[-1]["type"] != "closed":
        fields: dict[str, Any] = {"conversation": sender.own, **FRAMES.get(command, {})}
        if command == "message.post":
            fields |= {"client_id": "00000000-0000-7000-8000-000000000001", "kind": "note"}
        if command == "conversation.follow":
            fields |= {"after_sequence": 0}
        came = await socket.ask(command, **fields)
    await socket.close()
    return not any(event["type"] == "closed" or event.get("code") == "not_permitted" for event in came)
