"""The page of access reviews: who has access, what is said of each, signing, and what was signed before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compliance.actions import reviews
from compliance.actions.reviews import NoReviewError, NotDoneYetError, NotReviewedError, UnknownLineError
from compliance.models import AccessReview, AccessReviewLine, LineDecision, SupportGrant
from compliance.reviews import cycle
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.models import Membership
from tenants.permissions import may
from tenants.roles import Capability

reviewer_page: Final = member_required(Capability.REVIEW_ACCESS)
SHOWN: Final = 20
OVER: Final = "There is no review under way any more: somebody has signed it."


@dataclass(frozen=True, slots=True)
class LineShown:
    """One person in the review that is under way. `changed`: how they have access now, where it is not as it was."""

    line: AccessReviewLine
    changed: str
    is_done: bool


@require_safe
@reviewer_page
def reviews_page(request: MemberRequest) -> HttpResponse:
    """Show the review that is under way or comes next, and those before."""
    now = clock.now()
    review = cycle.current()
    is_begun = review is not None and review.begun_at is not None
    lines = _lines(review) if review is not None and is_begun else []
    context: dict[str, Any] = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "facts": cycle.facts(request.tenant, now=now),
        "review": review if is_begun else None,
        "lines": lines,
        "left": sum(one.line.decision == LineDecision.OPEN and one.line.membership.is_active for one in lines),
        "not_done": sum(not one.is_done for one in lines),
        "unknown": reviews.unknown(review).count() if review is not None and is_begun else 0,
        "grants": _grants(review),
        "earlier": _earlier(),
        "may_change": may(request.membership, Capability.INVITE_MEMBERS),
    }
    return render(request, "compliance/reviews.html", context)


@require_POST
@reviewer_page
def begin(request: MemberRequest) -> HttpResponse:
    """Begin one."""
    reviews.begin_review(actor=request.membership, now=clock.now())
    messages.success(request, "Look at each person below, say what becomes of their access, and sign at the end.")
    return redirect("compliance:reviews", slug=request.tenant.slug)


@require_POST
@reviewer_page
def decide(request: MemberRequest, review_line_id: UUID) -> HttpResponse:
    """Say what becomes of one person's access."""
    given = request.POST.get("decision", "")
    if given not in LineDecision.values:
        raise Http404
    try:
        line = reviews.decide_line(
            review_line_id=review_line_id, decision=LineDecision(given), actor=request.membership, now=clock.now()
        )
    except NoReviewError:
        messages.info(request, OVER)
    except UnknownLineError:
        raise Http404 from None
    else:
        if not reviews.is_done(line):
            messages.info(request, "Noted. Change it under People: the review can be signed when it is done.")
    back = redirect("compliance:reviews", slug=request.tenant.slug)
    back["Location"] += f"#line-{review_line_id}"
    return back


@require_POST
@reviewer_page
def sign(request: MemberRequest) -> HttpResponse:
    """Sign it."""
    try:
        reviews.sign_review(actor=request.membership, now=clock.now())
    except NoReviewError:
        messages.info(request, OVER)
    except NotReviewedError:
        messages.error(request, "Not signed: somebody has not been looked at, or has come since it was begun.")
    except NotDoneYetError:
        messages.error(request, "Not signed: access that was to be changed or taken away is as it was.")
    else:
        messages.success(request, "Signed. It stands in the audit trail, and the next one is asked for in time.")
    return redirect("compliance:reviews", slug=request.tenant.slug)


def _lines(review: AccessReview) -> list[LineShown]:
    rows = AccessReviewLine.objects.filter(review=review).select_related("membership__user")
    return [
        LineShown(row, _changed(row), reviews.is_done(row)) for row in rows.order_by("membership__user__name", "id")
    ]


def _changed(line: AccessReviewLine) -> str:
    member = line.membership
    if not member.is_active:
        return "Deactivated since"
    return f"Now {member.get_role_display().lower()}" if member.role != line.role else ""


def _grants(review: AccessReview | None) -> list[SupportGrant]:
    rows = reviews.grants_since_last(review).select_related("operator", "approved_by__user")
    return list(rows.order_by("-approved_at", "-id")[:SHOWN])


def _earlier() -> list[tuple[AccessReview, str, datetime]]:
    rows = list(AccessReview.objects.exclude(signed_at=None).order_by("-signed_at", "-id")[:SHOWN])
    signers = Membership.objects.filter(id__in=[row.signed_by for row in rows]).select_related("user")
    names = {one.id: one.user.name for one in signers}
    return [(row, names.get(row.signed_by, ""), row.signed_at) for row in rows if row.signed_at and row.signed_by]
