"""Look at who has access, person by person, and sign for it. What is to be changed is changed where it always is."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from compliance import audit, audit_events
from compliance.models import AccessReview, AccessReviewLine, LineDecision, SupportGrant
from compliance.reviews import cycle
from tenants import factor_list
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability


class NoReviewError(LookupError):
    """No review was begun, or it is signed."""


class UnknownLineError(LookupError):
    """The review that is under way has no such line."""


class NotReviewedError(Exception):
    """Somebody has not been looked at."""


class NotDoneYetError(Exception):
    """Somebody's access was to be changed or taken away, and is as it was."""


def begin_review(*, actor: Membership, now: datetime) -> AccessReview:
    """Begin the review that comes next, with everybody who has access now. Begun already, it takes up who is new.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The actor does not review access.
    """
    require(actor, Capability.REVIEW_ACCESS)
    review = cycle.expected(actor.tenant)
    added = _take_up(review)
    if review.begun_at is None:
        review.begun_at, review.begun_by = now, actor.id
        review.save(update_fields=["begun_at", "begun_by"])
        audit.record(Actor.member(actor), audit_events.REVIEW_BEGUN, review, at=now, people=added)
    elif added:
        audit.record(Actor.member(actor), audit_events.REVIEW_EXTENDED, review, at=now, people=added)
    return review


def decide_line(*, review_line_id: UUID, decision: LineDecision, actor: Membership, now: datetime) -> AccessReviewLine:
    """Say of one person that their access stays, changes or goes. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The actor does not review access.
        NoReviewError, UnknownLineError: As they say.
    """
    require(actor, Capability.REVIEW_ACCESS)
    review = _begun()
    line: AccessReviewLine | None = AccessReviewLine.objects.filter(review=review, id=review_line_id).first()
    if line is None or decision == LineDecision.OPEN:
        raise UnknownLineError
    if line.decision != decision:
        line.decision, line.decided_at, line.decided_by = decision, now, actor.id
        line.save(update_fields=["decision", "decided_at", "decided_by"])
        audit.record(
            Actor.member(actor), audit_events.REVIEW_DECIDED, review, at=now, member=line.membership_id,
            decision=decision.value, role=line.role,
        )  # fmt: skip
    return line


def sign_review(*, actor: Membership, now: datetime) -> AccessReview:
    """Sign that everybody was looked at, and that what had to change has changed. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The actor does not review access.
        NoReviewError: None is under way.
        NotReviewedError: Somebody has not been looked at, or came since it was begun.
        NotDoneYetError: What was decided has not been done.
    """
    require(actor, Capability.REVIEW_ACCESS)
    review = _begun()
    lines = list(AccessReviewLine.objects.filter(review=review).select_related("membership"))
    if unknown(review).exists() or any(
        line.decision == LineDecision.OPEN and line.membership.is_active for line in lines
    ):
        raise NotReviewedError
    if any(not is_done(line) for line in lines):
        raise NotDoneYetError
    # Who has left meanwhile was looked at by that.
    counts = Counter(line.decision or "left" for line in lines)
    review.signed_at, review.signed_by = now, actor.id
    review.counts = {**dict(sorted(counts.items())), "grants": grants_since_last(review).count()}
    review.save(update_fields=["signed_at", "signed_by", "counts"])
    audit.record(Actor.member(actor), audit_events.REVIEW_SIGNED, review, at=now, people=len(lines), **review.counts)
    return review


def is_done(line: AccessReviewLine) -> bool:
    """Whether what was decided of somebody has been done."""
    member = line.membership
    if line.decision == LineDecision.REMOVE:
        return not member.is_active
    if line.decision == LineDecision.CHANGE:
        return not member.is_active or member.role != line.role
    return True


def grants_since_last(review: AccessReview | None) -> QuerySet[SupportGrant]:
    """Return what operators were let into since the last review that was signed."""
    grants = SupportGrant.objects.exclude(approved_at=None)
    before = AccessReview.objects.exclude(signed_at=None)
    last = (before if review is None else before.exclude(id=review.id)).order_by("-signed_at").first()
    return grants if last is None else grants.filter(approved_at__gt=last.signed_at)


def _begun() -> AccessReview:
    review = cycle.current(lock=True)
    if review is None or review.begun_at is None:
        raise NoReviewError
    return review


def unknown(review: AccessReview) -> QuerySet[Membership]:
    """Return who has access and is not on it."""
    known = AccessReviewLine.objects.filter(review=review).values("membership_id")
    return Membership.objects.filter(is_active=True, user__is_active=True).exclude(id__in=known)


def _take_up(review: AccessReview) -> int:
    """Put everybody on it who has access and is not; return how many."""
    people = list(unknown(review).order_by("created_at", "id"))
    with_factor = factor_list.enrolled_among(member.user_id for member in people)
    AccessReviewLine.objects.bulk_create(
        AccessReviewLine(
            tenant_id=review.tenant_id, review=review, membership=member, role=member.role, used_at=member.used_at,
            has_factor=member.user_id in with_factor,
        )
        for member in people
    )  # fmt: skip
    return len(people)
