"""Whether a person may be where they are by the rules of all their organisations: for pages that are of none."""

from datetime import datetime

from django.http import HttpRequest

from helpdesk.core.client_address import client_address, is_operators_place
from tenants.models import AddressWaiver, StaffSession, User
from tenants.places.rule import in_force
from tenants.places.stored import rulings
from tenants.scoping import tenant_scope
from tenants.selectors import MembershipSummary, memberships_of
from tenants.sessions import session_of


def is_place_allowed(request: HttpRequest, person: User, *, now: datetime) -> bool:
    """Whether every organisation of whoever asks admits them from there, and the operators' list, if they are one.

    A broken glass counts for its own organisation alone.
    """
    if person.is_operator and not is_operators_place(request):
        return False
    address, session = client_address(request), session_of(request)
    return all(_is_admitted(each, address, session, now) for each in memberships_of(person))


def _is_admitted(summary: MembershipSummary, address: str, session: StaffSession | None, now: datetime) -> bool:
    with tenant_scope(summary.tenant_id):
        ruling = in_force(rulings(), now.timestamp())
        if ruling is None or ruling.admits(summary.role, address):
            return True
        waived = AddressWaiver.objects.filter(membership_id=summary.membership_id, until__gt=now)
        return session is not None and waived.filter(session_id=session.id).exists()
