"""A cookie that was copied to another machine, tried at each kind of door where approved browsers alone are let in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

import httpx
from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed

from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.actions import devices
from tenants.models import DeviceState, Membership, PolicyChoice, StaffDevice
from tenants.policy_names import DEVICE_RULE, ENROLLED_DEVICE
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member, make_person, make_tenant, owner_of, sign_in
from tests.proofs.gate.stage import PROXY, Figures, Stage, browser
from tests.support.devices import BrowserKey
from tests.support.server import Server
from tests.support.sockets import ChatSocket, dial

KEYS: Final = ("copied_cookie_accepted", "copied_cookie_tries", "copied_cookie_unaudited")
SLUG: Final = "copied"
HOME: Final = {"address": "127.210.0.1", "User_Agent": "Mozilla/5.0 Firefox/140.0"}
#: Where a thief may be: another network, the same with another browser, and behind a proxy with a claim of the address.
THIEVES: Final = (
    {"address": "127.211.0.9", "User_Agent": HOME["User_Agent"]},
    {"address": "127.210.0.1", "User_Agent": "curl/8.0"},
    {"address": "127.211.0.9", "User_Agent": HOME["User_Agent"], "X_Forwarded_For": "127.210.0.1"},
    {"address": PROXY, "User_Agent": HOME["User_Agent"], "X_Forwarded_For": "127.210.0.1, 127.211.0.9"},
)
DOORS: Final = (
    ("GET", f"/o/{SLUG}/inbox/", {}),
    ("GET", f"/o/{SLUG}/inbox/rows/", {"HX-Request": "true"}),
    ("GET", f"/o/{SLUG}/settings/", {}),
    ("POST", f"/o/{SLUG}/frames/", {}),
    ("GET", "/account/sessions/", {}),
    ("POST", "/account/sessions/end/", {}),
    ("GET", "/password/change/", {}),
    ("GET", "/account/security/", {}),
)


def measure(stage: Stage) -> Figures:
    """Try each door from each place, with cookies of several members; what the owner of each gets is the control."""
    owner = owner_of(make_tenant("Copied", owner=make_person("Olga", now=clock.now()), now=clock.now()))
    tries = accepted = unaudited = 0
    with stage.served() as server:
        for _ in range(1 if stage.is_short else 10):
            member, cookies = _enrolled(server, owner)
            for thief in THIEVES:
                answers = [*_answers(server, cookies, thief), _proof(server, cookies, thief)]
                tries += len(answers)
                accepted += sum(status not in {401, 409} for status in answers)
            tries, accepted = tries + 1, accepted + (_socket(server, cookies) != 4403)
            # The control: the same cookie, where it belongs, still opens what it did.
            for status in _answers(server, cookies, HOME):
                assert status in {200, 302, 400, 422}, status
            unaudited += not _is_told(member)
    return {
        "copied_cookie_accepted": accepted,
        "copied_cookie_tries": tries,
        "copied_cookie_unaudited": unaudited,
    }


def holds(figures: Figures) -> bool:
    """Whether something was tried, and each theft is in the audit trail."""
    return bool(figures["copied_cookie_tries"] and figures["copied_cookie_unaudited"] == 0)


def _enrolled(server: Server, owner: Membership) -> tuple[Membership, dict[str, str]]:
    """Sign a member in whose browser is approved and has just shown its key."""
    member = make_member(owner.tenant, f"Kim{uuid4().hex[:8]}", "agent", now=clock.now())
    client, key = sign_in(Client(), member.user), BrowserKey()
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with _at(server, cookies, HOME) as home:
        challenge = home.post("/account/device/challenge/").json()["challenge"]
        assert home.post("/account/device/proof/", data=key.answer(challenge)).status_code == 204
        assert home.post(f"/o/{SLUG}/settings/device/ask/").status_code == 302
    with tenant_scope(owner.tenant):
        device = StaffDevice.objects.get(membership=member, state=DeviceState.ASKED)
        devices.decide(device_id=device.id, approve=True, actor=owner, now=clock.now())
        PolicyChoice.objects.update_or_create(
            tenant=owner.tenant, key=DEVICE_RULE, defaults={"value": ENROLLED_DEVICE, "changed_at": clock.now()}
        )
    return member, cookies


@contextmanager
def _at(server: Server, cookies: dict[str, str], machine: dict[str, str]) -> Iterator[httpx.Client]:
    told = dict(machine)
    with browser(server, address=told.pop("address"), cookies=cookies, **told) as client:
        yield client


def _answers(server: Server, cookies: dict[str, str], machine: dict[str, str]) -> list[int]:
    with _at(server, cookies, machine) as client:
        return [client.request(method, path, headers=headers).status_code for method, path, headers in DOORS]


def _proof(server: Server, cookies: dict[str, str], machine: dict[str, str]) -> int:
    """Try to bind the session to a key of the thief's own."""
    with _at(server, cookies, machine) as client:
        challenge = client.post("/account/device/challenge/").json()["challenge"]
        return client.post("/account/device/proof/", data=BrowserKey().answer(challenge)).status_code


def _socket(server: Server, cookies: dict[str, str]) -> int:
    """Return with which code a socket opened with the cookie, at another machine, is closed."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={cookies[settings.SESSION_COOKIE_NAME]}"
    with ChatSocket(dial(server, f"/ws/agent/{SLUG}/", origin=server.origin, headers={"Cookie": cookie})) as chat:
        chat.send("session.open", conversations=[])
        try:
            chat.receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 0
    return 0


def _is_told(member: Membership) -> bool:
    with tenant_scope(member.tenant):
        told = AuditEntry.objects.filter(event="member.turned_away", actor_id=member.id)
        return bool(told.filter(facts__reason="another_machine").exists())
