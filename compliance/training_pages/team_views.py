"""The team's training: who has done what, as a page and as a file, and the courses that an organisation writes."""

import csv
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compliance import audit, audit_events
from compliance.actions.courses import TooManyCoursesError, UnknownCourseError, publish_course, set_course_in_use
from compliance.models import OwnCourse
from compliance.training import standing
from compliance.training.catalogue import ASKED_BY, course_in, shipped
from compliance.training.standing import State
from compliance.training.written import write_lessons, write_questions
from compliance.training_pages.forms import CourseForm
from compliance.training_pages.views import page_of, read_or_post
from helpdesk.core import clock
from tenants import policies
from tenants.actors import Actor
from tenants.http import MemberRequest, member_required
from tenants.permissions import may
from tenants.roles import Capability
from tenants.text_checks import HoldsSensitiveDataError, NotCheckedError

manager_page: Final = member_required(Capability.READ_TRAINING)
author_page: Final = member_required(Capability.MANAGE_COURSES)
SENSITIVE: Final = "A text looks like it holds a card number, an ID number or a password. Please leave that out."
UNCHECKED: Final = "We could not check the texts just now. Please try again in a moment."
COLUMNS: Final = (
    "name", "email", "role", "course", "state", "due", "version", "completed", "first completed", "failed attempts",
    "closes the workspace", "first access", "proof",
)  # fmt: skip
# What a spreadsheet would take for a formula.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@require_safe
@manager_page
def team(request: MemberRequest) -> HttpResponse:
    """Show who is due, overdue and done; one state alone if asked for."""
    everyone = standing.team(now=clock.now())
    wanted = request.GET.get("state", "")
    shown = [each for each in everyone if each.state == wanted] if wanted in {*State} else everyone
    counts = standing.counts(everyone)
    context = page_of(request, "team") | {
        "standings": shown,
        "state": wanted if wanted in {*State} else "",
        "filters": [
            ("", "All", len(everyone)),
            *((state.value, state.value.title(), counts[state]) for state in State),
        ],
        "can_choose": may(request.membership, Capability.MANAGE_SIGN_IN),
    }
    return render(request, "compliance/training/team.html", context)


@require_safe
@manager_page
def export(request: MemberRequest) -> HttpResponse:
    """Return the same as a file, which is recorded."""
    now = clock.now()
    everyone = standing.team(now=now)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="training-{request.tenant.slug}-{now:%Y-%m-%d}.csv"'
    # So that spreadsheets take it for UTF-8.
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for each in everyone:
        writer.writerow([_harmless(cell) for cell in _row(each)])
    audit.record(
        Actor.member(request.membership), audit_events.TRAINING_EXPORTED, request.tenant, at=now, rows=len(everyone)
    )
    return response


def _row(each: standing.Standing) -> list[str]:
    duty, member = each.duty, each.member
    moments = (duty.completed_at, each.first_done_at)
    done, first_done = ("" if moment is None else moment.isoformat() for moment in moments)
    came = member.first_access_at
    return [
        member.user.name, member.user.email, member.get_role_display(), each.title, each.state.value,
        duty.due_at.isoformat(), str(duty.version or ""), done, first_done, str(each.failed),
        "yes" if duty.closes else "no", "" if came is None else came.isoformat(), each.proof.value,
    ]  # fmt: skip


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell


@require_safe
@author_page
def courses(request: MemberRequest) -> HttpResponse:
    """Show the organisation's own courses, and those of the product."""
    own = [(each, course_in(each.id.hex, each.version)) for each in OwnCourse.objects.order_by("-changed_at", "id")]
    chosen = policies.choices()
    ours = [
        (course, policies.effective(request.tenant, ASKED_BY[key], chosen=chosen.get(ASKED_BY[key])))
        for key, course in shipped().items()
    ]
    context = page_of(request, "courses") | {
        "own": own,
        "ours": ours,
        "can_choose": may(request.membership, Capability.MANAGE_SIGN_IN),
    }
    return render(request, "compliance/training/courses.html", context)


@read_or_post
@author_page
def course_new(request: MemberRequest) -> HttpResponse:
    """Write a course."""
    return _edited(request, CourseForm(request.POST if request.method == "POST" else None), None)


@read_or_post
@author_page
def course(request: MemberRequest, course_id: UUID) -> HttpResponse:
    """Change one: what was signed stays as it was, the new text is a version of its own."""
    own = OwnCourse.objects.filter(id=course_id).first()
    if own is None:
        raise Http404
    form = CourseForm(request.POST) if request.method == "POST" else CourseForm(initial=_written(own))
    return _edited(request, form, own)


@require_POST
@author_page
def course_use(request: MemberRequest, course_id: UUID, state: str) -> HttpResponse:
    """Ask nobody for it any more, or again."""
    if state not in {"on", "off"}:
        raise Http404
    try:
        set_course_in_use(course_id=course_id, is_in_use=state == "on", actor=request.membership, now=clock.now())
    except UnknownCourseError:
        raise Http404 from None
    messages.success(request, "It is asked for again." if state == "on" else "Nobody is asked for it any more.")
    return redirect("compliance:courses", slug=request.tenant.slug)


def _edited(request: MemberRequest, form: CourseForm, own: OwnCourse | None) -> HttpResponse:
    if form.is_valid():
        try:
            _publish(request, form, own)
        except HoldsSensitiveDataError:
            form.add_error(None, SENSITIVE)
        except NotCheckedError:
            form.add_error(None, UNCHECKED)
        except TooManyCoursesError:
            form.add_error(None, "You have as many courses as there can be. Change one that is not in use.")
        else:
            messages.success(request, "Published. Whoever it is for is asked to take it.")
            return redirect("compliance:courses", slug=request.tenant.slug)
    context = page_of(request, "courses") | {"form": form, "own": own}
    return render(request, "compliance/training/course_edit.html", context, status=422 if form.errors else 200)


def _publish(request: MemberRequest, form: CourseForm, own: OwnCourse | None) -> None:
    given = form.cleaned_data
    publish_course(
        course=given["course"],
        roles=given["roles"],
        closes=given["closes"],
        take_again=given["take_again"],
        course_id=None if own is None else own.id,
        actor=request.membership,
        now=clock.now(),
    )


def _written(own: OwnCourse) -> dict[str, Any]:
    held = course_in(own.id.hex, own.version)
    return {
        "title": held.title,
        "about": held.about,
        "minutes": held.minutes,
        "lessons": write_lessons(held.lessons),
        "questions": write_questions(held.questions),
        "statement": held.statement,
        "roles": own.roles,
        "closes": own.closes,
    }
