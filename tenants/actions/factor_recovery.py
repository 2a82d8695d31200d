"""Taking all of a person's factors away, for somebody who can give none. Who may is decided above."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from tenants.actions.people import tell_organisations
from tenants.actors import Actor
from tenants.factor_list import KINDS
from tenants.models import Membership, User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.selectors import memberships_of


@transaction.atomic
def take_factors_away(*, person: User, actor: Actor, reason: str, now: datetime) -> list[str]:
    """Delete every factor of a person and end every session; they enrol anew when they sign in next.

    Each of their organisations gets an entry, and open sockets close.

    Args:
        person: Whose.
        actor: Who decided it.
        reason: Why, masked already.
        now: The present.

    Returns:
        The addresses of the owners of these organisations, to be told.
    """
    User.objects.filter(id=person.id).update(session_epoch=F("session_epoch") + 1)
    for kind in KINDS:
        kind.objects.filter(user_id=person.id).delete()
    tell_organisations(person, "member.factors_reset", at=now, actor=actor, reason=reason)
    owners: set[str] = set()
    for summary in memberships_of(person):
        with tenant_scope(summary.tenant_id):
            found = Membership.objects.filter(role=Role.OWNER, is_active=True, user__is_active=True)
            owners.update(found.exclude(user_id=person.id).values_list("user__email", flat=True))
    return sorted(owners)


def belongs_elsewhere(person: User, membership: Membership) -> bool:
    """Whether a person is an active member of another organisation too, be it suspended or closing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM memberships_of(%s) WHERE tenant_id <> %s", [person.id, membership.tenant_id]
        )
        return bool(cursor.fetchone()[0])
