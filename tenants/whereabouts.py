"""What stands against a person by the rules of all their organisations: for pages that are of none."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.http import HttpRequest

from helpdesk.core.client_address import is_operators_place
from helpdesk.core.machine import Machine
from tenants.gate.checks import Refusal, Visit, judge
from tenants.look import look
from tenants.models import User
from tenants.scoping import tenant_scope
from tenants.selectors import MembershipSummary, memberships_of, reachable_tenant

#: Judged before, by the strictest of all (`tenants.sessions`), or put right at just these pages.
JUDGED_APART: Final = frozenset(Refusal) - {Refusal.ADDRESS, Refusal.DEVICE}


def refusal_anywhere(
    request: HttpRequest, person: User, *, despite: Collection[Refusal] = (), now: datetime
) -> Refusal | None:
    """Return what the first of a person's organisations that objects has against them, or the operators' list.

    What is theirs alone, their password and their factors, opens the way to what is each organisation's.
    """
    if person.is_operator and Refusal.ADDRESS not in despite and not is_operators_place(request):
        return Refusal.ADDRESS
    for summary in memberships_of(person):
        if (refusal := _refusal_in(summary, request, person, {*JUDGED_APART, *despite}, now)) is not None:
            return refusal
    return None


def _refusal_in(
    summary: MembershipSummary, request: HttpRequest, person: User, despite: Collection[Refusal], now: datetime
) -> Refusal | None:
    tenant = reachable_tenant(summary.slug)
    if tenant is None:
        return None
    with tenant_scope(tenant):
        seen = look(tenant, person, request.session.session_key)
    if seen is None:
        return None
    membership, facts = seen
    machine = Machine.of(request)
    return judge(facts, Visit(membership, machine.address, now.timestamp(), machine=machine), despite)
