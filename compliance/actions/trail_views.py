"""Filters of the audit trail that a member keeps."""

from datetime import datetime
from uuid import UUID

from compliance import audit, audit_events
from compliance.models import TrailView
from compliance.models.trail_view import MOST_VIEWS
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability


class TooManyViewsError(Exception):
    """One of those that are kept has to go first."""


def save_view(*, query: str, actor: Membership, now: datetime) -> TrailView:
    """Keep filters, as they stand in the address; those that are kept already stay as they are.

    Raises:
        NotPermittedError: The member may not read the trail.
        TooManyViewsError: The member keeps as many as one may.
    """
    require(actor, Capability.READ_AUDIT)
    # Locked, so that two at once do not make one too many.
    Membership.objects.select_for_update().get(id=actor.id)
    mine = TrailView.objects.filter(membership=actor)
    if (known := mine.filter(query=query).first()) is not None:
        return known
    if mine.count() >= MOST_VIEWS:
        raise TooManyViewsError
    view: TrailView = TrailView.objects.create(tenant_id=actor.tenant_id, membership=actor, query=query, saved_at=now)
    audit.record(Actor.member(actor), audit_events.AUDIT_VIEW_CHANGED, view, at=now, kept=True)
    return view


def drop_view(*, view_id: UUID, actor: Membership, now: datetime) -> None:
    """Keep filters no longer. Of what is gone already, or a colleague's, nothing changes and nothing is told.

    Raises:
        NotPermittedError: The member may not read the trail.
    """
    require(actor, Capability.READ_AUDIT)
    view = TrailView.objects.filter(id=view_id, membership=actor).first()
    if view is None:
        return
    audit.record(Actor.member(actor), audit_events.AUDIT_VIEW_CHANGED, view, at=now, kept=False)
    view.delete()
