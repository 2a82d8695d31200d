"""From the moment an operator's support access ends, however it does, until their page is refused. One that stands open
asks each second, and empties itself when it is.
"""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import uuid4

from django.test import Client

from compliance.actions.organisations import set_tenant_state
from compliance.actions.people import set_user_active
from compliance.actions.support import leave, refuse
from compliance.models import SupportGrant
from helpdesk.core import clock
from tenants.actions import members
from tenants.actors import Actor
from tenants.models import Membership, Tenant, TenantStatus, User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.modes import cut_short, switch_mode
from tests.factories.stored import store_conversation
from tests.factories.support import let_in
from tests.factories.tenants import make_member, make_person, sign_in
from tests.proofs.gate.measures.revocation import organisation
from tests.proofs.gate.stage import Figures, Stage, browser
from tests.support.progress import say
from tests.support.server import Server

KEYS: Final = ("support_refused_p99_s", "support_refused_by_kind")
EACH: Final = 5
PATIENCE_S: Final = 10.0
LONGEST_S: Final = 1.0
WORDS: Final = "Only for who was let in"


def measure(stage: Stage) -> Figures:
    """End it in each way; the slowest counts."""
    times: dict[str, list[float]] = {}
    with stage.served() as server:
        first = organisation("Helped")
        talk = store_conversation(first.tenant, [WORDS], at=clock.now())
        for kind, act in KINDS.items():
            times[kind] = [_refused(server, first, talk.id, act) for _ in range(1 if stage.is_short else EACH)]
            say(f"support, {kind}: {max(times[kind]):.3f} s at most")
    everything = sorted(took for of_kind in times.values() for took in of_kind)
    return {
        "support_refused_p99_s": round(everything[min(len(everything) - 1, int(len(everything) * 0.99))], 3),
        "support_refused_by_kind": {kind: round(max(took), 3) for kind, took in times.items()},
    }


def holds(figures: Figures) -> bool:
    """Whether, with the second between two questions, nothing stays open for longer than two."""
    return bool(figures["support_refused_p99_s"] <= LONGEST_S)


def _ended_by_the_owner(owner: Membership, grant: SupportGrant) -> None:
    with tenant_scope(owner.tenant):
        refuse(grant_id=grant.id, actor=owner, now=clock.now())


def _ended_by_the_operator(owner: Membership, grant: SupportGrant) -> None:
    leave(tenant_id=owner.tenant_id, grant_id=grant.id, actor=Actor.operator(grant.operator), now=clock.now())


def _time_over(owner: Membership, grant: SupportGrant) -> None:
    now = clock.now()
    with tenant_scope(owner.tenant):
        SupportGrant.objects.filter(id=grant.id).update(approved_at=now - timedelta(minutes=30), until=now)


def _operator_shut_out(owner: Membership, grant: SupportGrant) -> None:
    set_user_active(user=grant.operator, is_active=False, actor=Actor.operator(_operator()), now=clock.now())


def _owner_demoted(owner: Membership, grant: SupportGrant) -> None:
    with tenant_scope(owner.tenant):
        other = Membership.objects.filter(role=Role.OWNER).exclude(id=owner.id).select_related("user").earliest("id")
        members.change_role(membership_id=owner.id, role=Role.AGENT, actor=other, now=clock.now())


def _suspended(owner: Membership, grant: SupportGrant) -> None:
    actor = Actor.operator(_operator())
    set_tenant_state(tenant=owner.tenant, status=TenantStatus.SUSPENDED, actor=actor, now=clock.now())


def _mode_on(owner: Membership, grant: SupportGrant) -> None:
    switch_mode(tenant=owner.tenant, mode="pci", on=True, reason="A proof", actor=Actor.member(owner), now=clock.now())


Act = Callable[[Membership, SupportGrant], None]
KINDS: Final[Mapping[str, Act]] = {
    "ended by the owner": _ended_by_the_owner, "ended by the operator": _ended_by_the_operator, "time": _time_over,
    "operator shut out": _operator_shut_out, "owner demoted": _owner_demoted, "suspended": _suspended, "mode": _mode_on,
}  # fmt: skip


def _operator() -> User:
    name = f"Oscar{uuid4().hex[:8]}"
    return make_person(name, email=f"{name.lower()}@hushdesk.example", is_operator=True, now=clock.now())


def _let_in(first: Membership) -> tuple[Membership, SupportGrant]:
    """One more owner lets one more operator in."""
    owner = make_member(first.tenant, f"Olive{uuid4().hex[:8]}", Role.OWNER, now=clock.now())
    return owner, let_in(owner, _operator(), now=clock.now())


def _refused(server: Server, first: Membership, talk: object, act: Act) -> float:
    owner, grant = _let_in(first)
    client = sign_in(Client(), grant.operator)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    address = f"/admin/support/{grant.id}/conversations/{talk}/"
    with browser(server, cookies=cookies) as theirs:
        assert WORDS in theirs.get(address).text
        act(owner, grant)
        began = time.monotonic()
        while theirs.get(address).status_code == 200 and time.monotonic() - began < PATIENCE_S:
            time.sleep(0.02)
        took = time.monotonic() - began
    _undo(owner)
    return took


def _undo(owner: Membership) -> None:
    """Put back what holds for the whole organisation."""
    cut_short(owner.tenant, "pci")
    Tenant.objects.filter(id=owner.tenant_id).update(status=TenantStatus.ACTIVE)
    owner.tenant.refresh_from_db()
