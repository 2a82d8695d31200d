"""From the moment something is taken from a member until their open socket is closed and their page refused."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import uuid4

from django.test import Client

from helpdesk.core import clock
from helpdesk.core.machine import NO_MACHINE
from tenants.actions import members, sessions
from tenants.actions.devices import choose_rule
from tenants.actions.passwords import _choose
from tenants.actions.places import Proposal, propose
from tenants.actions.policies import choose
from tenants.actors import Actor
from tenants.models import (
    AddressRule,
    Membership,
    PolicyChoice,
    SealedTOTPDevice,
    StaffDevice,
    StaffSession,
)
from tenants.policy_names import SESSION_IDLE
from tenants.scoping import tenant_scope
from tests.factories.modes import cut_short, switch_mode
from tests.factories.tenants import make_member, make_person, make_tenant, owner_of, sign_in
from tests.proofs.gate.stage import Figures, Stage, browser
from tests.support.progress import say
from tests.support.server import Server
from tests.support.sockets import agent_socket

KEYS: Final = ("revocation_p99_s", "revocation_by_kind")
EACH: Final = 15
PATIENCE_S: Final = 10.0
PAGE: Final = "/o/taken/settings/"
READ: Final = "/o/taken/inbox/"


def measure(stage: Stage) -> Figures:
    """Take from each of several members by each kind; the slower of socket and page counts."""
    times: dict[str, list[float]] = {}
    with stage.served() as server:
        owner = organisation("Taken")
        for kind, act in KINDS.items():
            times[kind] = [_seconds(server, owner, act) for _ in range(1 if stage.is_short else EACH)]
            say(f"{kind}: {max(times[kind]):.3f} s at most")
    everything = sorted(took for of_kind in times.values() for took in of_kind)
    return {
        "revocation_p99_s": round(everything[min(len(everything) - 1, int(len(everything) * 0.99))], 3),
        "revocation_by_kind": {kind: round(max(took), 3) for kind, took in times.items()},
    }


def organisation(name: str) -> Membership:
    """Open an organisation; returns its owner."""
    owner = make_person(f"Olive{name}", now=clock.now())
    return owner_of(make_tenant(name, owner=owner, now=clock.now()))


def _sign_out(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    with browser(server, cookies=cookies) as theirs:
        theirs.post("/sign-out/")


def _end_everywhere(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    sessions.end_all(member.user, now=clock.now())


def _deactivate(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    with tenant_scope(owner.tenant):
        members.set_member_active(membership_id=member.id, is_active=False, actor=owner, now=clock.now())


def _lower_role(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    with tenant_scope(owner.tenant):
        members.change_role(membership_id=member.id, role="auditor", actor=owner, now=clock.now())


def _new_password(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    _choose(member.user, f"another {uuid4()}", now=clock.now())
    sessions.end_all(member.user, now=clock.now())


def _lose_factor(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    SealedTOTPDevice.objects.filter(user=member.user).delete()
    sessions.end_all(member.user, now=clock.now())


def _stricter_policy(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    with tenant_scope(owner.tenant):
        choose(key=SESSION_IDLE, value="15", actor=owner, now=clock.now())


def _mode_on(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    switch_mode(tenant=owner.tenant, mode="pci", on=True, reason="A proof", actor=Actor.member(owner), now=clock.now())


def _address_rule(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    office = Proposal(True, frozenset({"agent"}), (("203.0.113.0/24", ""),), ("Office",))
    with tenant_scope(owner.tenant):
        propose(proposal=office, actor=owner, now=clock.now())


def _approved_devices_alone(server: Server, owner: Membership, member: Membership, cookies: dict[str, str]) -> None:
    """Of an owner who is at an approved one; the member's is none."""
    key_hash, now = uuid4().bytes * 2, clock.now()
    with tenant_scope(owner.tenant):
        StaffDevice.objects.create(
            tenant=owner.tenant, membership=owner, kind="key", key_hash=key_hash, browser="Firefox",
            address="192.0.2.1", state="approved", asked_at=now, decided_at=now, decided_by=owner,
        )  # fmt: skip
        theirs = StaffSession(user=owner.user, device_key_hash=key_hash)
        choose_rule(only_approved=True, actor=owner, session=theirs, machine=NO_MACHINE, now=now)


Act = Callable[[Server, Membership, Membership, dict[str, str]], None]
KINDS: Final[Mapping[str, Act]] = {
    "sign-out": _sign_out, "ended everywhere": _end_everywhere, "deactivation": _deactivate, "role": _lower_role,
    "password": _new_password, "factor": _lose_factor, "policy": _stricter_policy, "mode": _mode_on,
    "address rule": _address_rule, "device": _approved_devices_alone,
}  # fmt: skip


def _seconds(server: Server, owner: Membership, act: Act) -> float:
    """Sign a new member in, idle for twenty minutes, open a socket, act, and wait until nothing is left."""
    member = make_member(owner.tenant, f"Kim{uuid4().hex[:8]}", "agent", now=clock.now())
    client = sign_in(Client(), member.user)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    # What a page asks by itself makes nobody active.
    with agent_socket(server, client, "taken") as chat, browser(server, cookies=cookies, Sec_Fetch_Mode="cors") as page:
        assert page.get(PAGE).status_code == 200
        StaffSession.objects.filter(user=member.user).update(active_at=clock.now() - timedelta(minutes=20))
        act(server, owner, member, cookies)
        began = time.monotonic()
        chat.closed_with(PATIENCE_S)
        while page.get(READ).status_code == 200 and time.monotonic() - began < PATIENCE_S:
            time.sleep(0.02)
        took = time.monotonic() - began
    _undo(owner)
    return took


def _undo(owner: Membership) -> None:
    """Put back what holds for the whole organisation."""
    with tenant_scope(owner.tenant):
        PolicyChoice.objects.all().delete()
        AddressRule.objects.all().delete()
    cut_short(owner.tenant, "pci")
    owner.tenant.refresh_from_db()
