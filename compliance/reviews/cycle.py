"""When a review of access is due, and the mails that say so. Call these inside the tenant's scope, but `remind`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from compliance import due_mail
from compliance.models import AccessReview, AccessReviewLine, LineDecision
from tenants.models import Tenant
from tenants.policies import in_force
from tenants.policy_names import ACCESS_REVIEW
from tenants.scoping import tenant_scope

#: Before it is due it is asked for, and may be begun.
SOON: Final = timedelta(days=14)
PAGE: Final = "compliance:reviews"
NEAR: Final = "A review of who has access is due soon."
OVER: Final = "A review of who has access is overdue."


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """How reviews stand: when the next is due, whether it is now or was, and when the last was signed."""

    due_at: datetime
    is_due: bool
    is_overdue: bool
    last_signed_at: datetime | None
    undecided: int
    every_days: int


def every(tenant: Tenant) -> timedelta:
    """Return after how long access is looked at anew, by what is in force."""
    return timedelta(days=int(in_force(tenant, ACCESS_REVIEW).value))


def last_signed() -> AccessReview | None:
    """Return the newest review that somebody has signed."""
    found: AccessReview | None = AccessReview.objects.exclude(signed_at=None).order_by("-signed_at", "-id").first()
    return found


def current(*, lock: bool = False) -> AccessReview | None:
    """Return the review that nobody has signed yet, if it is there."""
    rows = AccessReview.objects.select_for_update() if lock else AccessReview.objects.all()
    found: AccessReview | None = rows.filter(signed_at=None).first()
    return found


def due_at(tenant: Tenant) -> datetime:
    """Return when the next has to be signed, by the setting as it is now."""
    last = last_signed()
    since = tenant.created_at if last is None or last.signed_at is None else last.signed_at
    return since + every(tenant)


def expected(tenant: Tenant) -> AccessReview:
    """Return the review that is not signed, made where there is none; until it is begun, with its day as it is now."""
    AccessReview.objects.bulk_create([AccessReview(tenant_id=tenant.id, due_at=due_at(tenant))], ignore_conflicts=True)
    review: AccessReview = AccessReview.objects.select_for_update().get(signed_at=None)
    if review.begun_at is None and review.due_at != (wanted := due_at(tenant)):
        review.due_at = wanted
        review.save(update_fields=["due_at"])
    return review


def facts(tenant: Tenant, *, now: datetime) -> ReviewFacts:
    """Return how reviews stand, for pages and for the evidence."""
    due, last, review = due_at(tenant), last_signed(), current()
    waiting = AccessReviewLine.objects.filter(review=review, decision=LineDecision.OPEN).count() if review else 0
    return ReviewFacts(
        due, due - SOON <= now, due < now, None if last is None else last.signed_at, waiting, every(tenant).days
    )


def remind(tenant: Tenant, *, now: datetime) -> int:
    """Mail who signs that a review is due soon, or overdue, each once; return whether one was sent."""
    with tenant_scope(tenant):
        if due_at(tenant) - SOON > now:
            return 0
        review = expected(tenant)
        if due_mail.is_told(review, now=now):
            return 0
        if not due_mail.tell_keepers(tenant, OVER if review.due_at <= now else NEAR, review.due_at, page=PAGE):
            return 0
        due_mail.note_told(review, now=now)
    return 1
