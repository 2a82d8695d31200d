"""The checks in front of pages and sockets: each taken from each route in turn, the checks behind out of the way."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from chat.consumers import member
from chat.consumers.agent import AgentConsumer
from chat.consumers.base import ProtocolConsumer
from chat.views import support
from compliance.support import Access
from helpdesk.core import clock
from tenants import at_socket, http
from tenants.gate.facts import Facts
from tenants.roles import ROLE_CAPABILITIES
from tenants.tenancy import Rule, Who
from tenants.views import passkeys
from tests.proofs.isolation.asking import Browser
from tests.proofs.isolation.cast import Actor, cast
from tests.proofs.isolation.mutants.core import Mutant
from tests.proofs.isolation.routes import Route, routes
from tests.proofs.isolation.samples import SAMPLES, closed_status
from tests.proofs.isolation.sides import World
from tests.proofs.isolation.sockets import Sender, Socket
from tests.proofs.isolation.world import cookies_of

CHECKS = ("require", "require_author", "require_reader", "require_actor")


def gate_mutants(world: World) -> list[Mutant]:
    """For each page of an organisation: its capability, membership, second factor. For each of the admin: the staff."""
    people, browser = cast(world), Browser(world)
    found: list[Mutant] = []
    for route in routes():
        rule = route.rule
        if rule is None:
            continue
        asks = partial(refuses, browser, route, rule, world)
        if rule.who is Who.ORGANISATION:
            found += _of_organisation(route, rule, people, world, asks)
        elif rule.who is Who.ACCOUNT:
            half = Actor("half", world.acme, cookies_of(world.acme.members["agent"].user, second_factor=False))
            found.append(Mutant("gate", f"{route.name}: signed in", signed_in_for_all, [partial(asks, half)]))
        elif rule.who is Who.OPERATOR and route.template.startswith("admin/") and not _is_closed(route):
            found.append(Mutant("gate", f"{route.name}: staff only", staff_for_all, [partial(asks, people["owner"])]))
    return found + socket_mutants(world)


def _of_organisation(
    route: Route, rule: Rule, people: dict[str, Actor], world: World, asks: Any
) -> list[Mutant]:  # fmt: skip
    insider = Actor("mallory", world.acme, people["mallory"].cookies)
    half = Actor("half", world.acme, people["half"].cookies)
    found = [
        Mutant("gate", f"{route.name}: members only", partial(membership_for_all, world), [partial(asks, insider)]),
        Mutant("gate", f"{route.name}: second factor", factor_for_all, [partial(asks, half)]),
    ]
    wrong = [role for role, may in ROLE_CAPABILITIES.items() if rule.capability not in {None, *may}]
    if rule.capability is not None:
        probes = [partial(asks, people[role]) for role in wrong]
        found.append(Mutant("gate", f"{route.name}: capability", partial(no_capability, route), probes))
    return found


def _is_closed(route: Route) -> bool:
    return closed_status(route, "GET") != 0 or route.label in {"login", "logout", "password_change", "jsi18n",
                                                               "password_change_done"}  # fmt: skip


def refuses(browser: Browser, route: Route, rule: Rule, world: World, actor: Actor) -> bool:
    """Whether somebody is turned away, by every method, with ids that are right."""
    address = route.address(route.own_values(world.acme))
    if rule.one_organisation:
        query = f"organisation={world.acme.tenant.slug}"
        address += f"?{'_changelist_filters=' + query.replace('=', '%3D') if 'object_id' in route.ids else query}"
    body = {**SAMPLES.get(route.label, {}), **{name: world.acme.value(kind) for name, kind in rule.body.items()}}
    with others_out_of_the_way(world):
        for method in ("GET", "POST"):
            answer = browser.ask(actor, method, address, body=body)
            to_sign_in = answer.status == 302 and ("/sign-in" in answer.raw or "/admin/login" in answer.raw)
            if answer.status not in {403, 404, 405} and not to_sign_in:
                return False
    return True


@contextmanager
def others_out_of_the_way(world: World) -> Iterator[None]:
    """The checks that actions make of their own let everyone pass, and support access is everyone's."""
    grant_id = world.acme.rows["compliance.SupportGrant"]
    accesses = {grant_id: Access(grant_id, world.acme.tenant.id, is_live=True)}
    with patch.object(support, "accesses_of", lambda _: accesses), ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.split(".")[0] not in {"tenants", "chat", "compliance"}:
                continue
            for check in CHECKS:
                if callable(getattr(module, check, None)):
                    stack.enter_context(patch.object(module, check, lambda *_, **__: None))
        yield


@contextmanager
def no_capability(route: Route) -> Iterator[None]:
    """The route's gate forgets which capability it asks for."""
    view: Any = route.pattern.callback
    while "capability" not in getattr(getattr(view, "__code__", None), "co_freevars", ()):
        view = view.__wrapped__
    cell = view.__closure__[view.__code__.co_freevars.index("capability")]
    kept, cell.cell_contents = cell.cell_contents, None
    try:
        yield
    finally:
        cell.cell_contents = kept


@contextmanager
def membership_for_all(world: World) -> Iterator[None]:
    """Whoever asks is taken for the owner."""
    now = clock.now().timestamp()
    seen = world.acme.members["owner"], Facts({}, began_at=now, active_at=now)
    with patch.object(http, "look", lambda *_: seen):
        yield


@contextmanager
def factor_for_all() -> Iterator[None]:
    """Whoever gave the password is taken for signed in; no session of both factors is asked for either."""
    with (
        patch.object(http, "has_both_factors", lambda request: request.user.is_authenticated),
        patch.object(http.door, "refusal_for", lambda *_, **__: None),
    ):
        yield


@contextmanager
def signed_in_for_all() -> Iterator[None]:
    with ExitStack() as stack:
        for module in (http, passkeys):
            stack.enter_context(patch.object(module, "signed_in", lambda request: request.user.is_authenticated))
        yield


@contextmanager
def staff_for_all() -> Iterator[None]:
    from django.contrib import admin

    with patch.object(admin.site, "has_permission", lambda _: True), ExitStack() as stack:
        # Each class asks once more whether it is staff that comes.
        from tenants.models import User

        for check in ("has_perm", "has_module_perms"):
            stack.enter_context(patch.object(User, check, lambda *_: True))
        yield


# --- sockets -------------------------------------------------------------------------------------------------


def socket_mutants(world: World) -> list[Mutant]:
    """What stands between a session cookie and an agent's socket."""
    acme = world.acme
    path = f"/ws/agent/{acme.tenant.slug}/"

    def sender(cookies: dict[str, str]) -> Sender:
        return Sender("", AgentConsumer, path, "", cookies)

    auditor = sender(cookies_of(acme.members["auditor"].user))
    half = sender(cookies_of(acme.members["owner"].user, second_factor=False))
    mallory = sender(cookies_of(world.globex.members["owner"].user))
    owner = sender(cookies_of(acme.members["owner"].user))
    return [
        Mutant("gate", f"{path}: capability", partial(patched, member, "may", lambda *_: True),
               [partial(stays_shut, auditor)]),
        Mutant("gate", f"{path}: second factor", without_second_factor, [partial(stays_shut, half)]),
        Mutant("gate", f"{path}: members only",
               partial(patched, at_socket, "_judged", lambda *_: acme.members["owner"]),
               [partial(stays_shut, mallory)]),
        Mutant("gate", f"{path}: own origin", partial(patched, ProtocolConsumer, "_is_own_origin", lambda _: True),
               [partial(stays_shut, owner, origin="https://elsewhere.example")]),
    ]  # fmt: skip


@contextmanager
def without_second_factor() -> Iterator[None]:
    """Take each session for one whose owner may do without a factor; ask for no session of both factors."""
    with (
        patch.object(at_socket, "WITHOUT_FACTOR", at_socket.SESSION_KEY),
        patch.object(at_socket, "judge", lambda *_: None),
    ):
        yield


@contextmanager
def patched(where: Any, name: str, instead: Any) -> Iterator[None]:
    with patch.object(where, name, instead):
        yield


def stays_shut(sender: Sender, origin: str = "") -> bool:
    async def attempt() -> bool:
        socket = Socket(sender)
        if origin:
            headers = [(b"origin", origin.encode()), *socket.wire.scope["headers"][1:]]
            socket.wire.scope["headers"] = headers
        came = await socket.open()
        shut = came[-1]["type"] == "closed"
        await socket.close()
        return shut

    return asyncio.run(attempt())
