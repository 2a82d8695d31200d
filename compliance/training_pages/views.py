"""One's own training: what is asked for, lesson by lesson, the quiz, the signature and the certificate."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from compliance import audit, audit_events
from compliance.actions import training
from compliance.actions.training import (
    CourseChangedError,
    LessonsFirstError,
    NotTheNameError,
    QuizFirstError,
    UnknownDutyError,
)
from compliance.models import TrainingRecord, TrainingStep
from compliance.training import standing
from compliance.training.catalogue import minute_lessons
from compliance.training.course import Course, Marked, Question
from compliance.training_pages.forms import QuizForm, SignForm
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.gate.checks import Refusal
from tenants.http import MemberRequest, member_required
from tenants.models import TrainingDuty
from tenants.permissions import may
from tenants.roles import Capability

# What is missing is put right here, also by the owner of an organisation that closes.
learner_page: Final = member_required(despite={Refusal.TRAINING}, while_closing=True)
read_or_post: Final = require_http_methods(["GET", "HEAD", "POST"])
AFTER_LESSONS: Final = {"quiz": "compliance:training_quiz", "sign": "compliance:training_sign"}
CHANGED: Final = "The course was published anew meanwhile. Please read what is new."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is shown: its place in the course, and its answers in an order of their own."""

    place: int
    question: Question
    answers: list[tuple[int, str]]


def page_of(request: MemberRequest, tab: str) -> dict[str, Any]:
    """Return what every page of training is given."""
    return {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "training",
        "tab": tab,
        "can_read_team": may(request.membership, Capability.READ_TRAINING),
        "can_write_courses": may(request.membership, Capability.MANAGE_COURSES),
    }


@require_safe
@learner_page
def my_training(request: MemberRequest) -> HttpResponse:
    """Show what is asked of the member, the most urgent first, and what to do next."""
    now = clock.now()
    mine = standing.own(request.membership, now=now)
    is_closed = any(each.duty.closes and each.state == standing.State.OVERDUE for each in mine)
    context = page_of(request, "mine") | {"mine": mine, "is_closed": is_closed, "now": now}
    return render(request, "compliance/training/mine.html", context)


@require_safe
@member_required()
def minute(request: MemberRequest, kind: str) -> HttpResponse:
    """Show the lesson of a minute about what a reply asked for. That it was read is recorded."""
    said = minute_lessons().get(kind)
    if said is None:
        raise Http404
    audit.record(
        Actor.member(request.membership), audit_events.LESSON_READ, request.membership, at=clock.now(), about=kind
    )
    return render(request, "compliance/training/minute.html", page_of(request, "mine") | {"lesson": said})


@read_or_post
@learner_page
def lesson(request: MemberRequest, duty_id: UUID, number: int) -> HttpResponse:
    """Show a lesson; going on notes that it was read."""
    duty, course = _begin(request, duty_id)
    if not 1 <= number <= len(course.lessons):
        raise Http404
    if number > duty.lessons_seen + 1:
        return _to(request, "compliance:training_lesson", duty_id, number=duty.lessons_seen + 1)
    if request.method == "POST":
        training.see_lesson(duty_id=duty_id, number=number, actor=request.membership)
        return _after_lesson(request, duty_id, course, number)
    context = page_of(request, "mine") | {
        "duty": duty,
        "course": course,
        "lesson": course.lessons[number - 1],
        "number": number,
        "numbers": range(1, len(course.lessons) + 1),
        "reachable": duty.lessons_seen + 1,
    }
    return render(request, "compliance/training/lesson.html", context)


def _after_lesson(request: MemberRequest, duty_id: UUID, course: Course, number: int) -> HttpResponse:
    if number < len(course.lessons):
        return _to(request, "compliance:training_lesson", duty_id, number=number + 1)
    return _to(request, AFTER_LESSONS["quiz" if course.questions else "sign"], duty_id)


@read_or_post
@learner_page
def quiz(request: MemberRequest, duty_id: UUID) -> HttpResponse:
    """Ask the course's questions, the answers in another order each time, and mark them."""
    duty, course = _begin(request, duty_id)
    if not course.questions:
        return _to(request, "compliance:training_sign", duty_id)
    if duty.lessons_seen < len(course.lessons):
        return _to(request, "compliance:training_lesson", duty_id, number=duty.lessons_seen + 1)
    form = QuizForm(course, request.POST)
    if request.method != "POST":
        return _quiz_page(request, duty, course)
    return _marked(request, duty, course, form) if form.is_valid() else _quiz_page(request, duty, course, form)


def _marked(request: MemberRequest, duty: TrainingDuty, course: Course, form: QuizForm) -> HttpResponse:
    try:
        marked = training.answer_quiz(
            duty_id=duty.id,
            version=form.cleaned_data["version"],
            answers=form.answers,
            actor=request.membership,
            now=clock.now(),
        )
    except (CourseChangedError, LessonsFirstError):
        messages.warning(request, CHANGED)
        return _to(request, "compliance:training")
    if marked.is_passed:
        messages.success(request, f"Passed: {marked.right} of {marked.asked}. One thing is left: your signature.")
        return _to(request, "compliance:training_sign", duty.id)
    return _quiz_page(request, duty, course, marked=marked)


@read_or_post
@learner_page
def sign(request: MemberRequest, duty_id: UUID) -> HttpResponse:
    """Show what is signed, and complete the course with the member's name."""
    duty, course = _begin(request, duty_id)
    next_step = standing.own_standing(duty, now=clock.now()).next_step
    if next_step != "sign":
        return _to_next(request, duty, course)
    form = SignForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            training.sign(
                duty_id=duty_id,
                name=form.cleaned_data["name"],
                text_hash=form.cleaned_data["text"],
                actor=request.membership,
                now=clock.now(),
            )
        except NotTheNameError:
            form.add_error("name", f"Please type your name as your account has it: {request.user.name}.")
        except (CourseChangedError, QuizFirstError):
            messages.warning(request, CHANGED)
            return _to(request, "compliance:training")
        else:
            messages.success(request, "Done. Your certificate is below; it is good for a year.")
            return _to(request, "compliance:training_certificate", duty_id)
    context = page_of(request, "mine") | {"duty": duty, "course": course, "form": form}
    return render(request, "compliance/training/sign.html", context, status=422 if form.errors else 200)


@require_safe
@learner_page
def certificate(request: MemberRequest, duty_id: UUID) -> HttpResponse:
    """Show, for print, that the member has completed a course."""
    duty = TrainingDuty.objects.filter(id=duty_id, membership=request.membership).first()
    if duty is None:
        raise Http404
    signed = TrainingRecord.objects.filter(
        membership=request.membership, course=duty.course, step=TrainingStep.SIGNED
    ).order_by("-at")
    record = signed.first()
    if record is None:
        return _to(request, "compliance:training")
    context = page_of(request, "mine") | {
        "duty": duty,
        "course": standing.course_of_record(record),
        "record": record,
        "text_hash": bytes(record.text_hash or b"").hex(),
    }
    return render(request, "compliance/training/certificate.html", context)


def _quiz_page(
    request: MemberRequest,
    duty: TrainingDuty,
    course: Course,
    form: QuizForm | None = None,
    marked: Marked | None = None,
) -> HttpResponse:
    chosen = form.answers if form is not None else {}
    context = page_of(request, "mine") | {
        "duty": duty,
        "course": course,
        "asked": _shuffled(duty, course),
        "chosen": chosen,
        "is_incomplete": form is not None,
        "missing": len(course.questions) - len(chosen),
        "marked": marked,
    }
    status = 422 if form is not None or marked is not None else 200
    return render(request, "compliance/training/quiz.html", context, status=status)


def _shuffled(duty: TrainingDuty, course: Course) -> list[Asked]:
    """Return the questions, their answers in an order that is another for each person and try, and stays so."""
    tries = TrainingRecord.objects.filter(membership_id=duty.membership_id, course=duty.course).count()

    def order(place: int, number: int) -> bytes:
        return hashlib.sha256(f"{duty.id}|{course.version}|{tries}|{place}|{number}".encode()).digest()

    return [
        Asked(place, question, sorted(enumerate(question.answers), key=lambda answer: order(place, answer[0])))
        for place, question in enumerate(course.questions)
    ]


def _begin(request: MemberRequest, duty_id: UUID) -> tuple[TrainingDuty, Course]:
    try:
        return training.begin(duty_id=duty_id, actor=request.membership)
    except UnknownDutyError:
        raise Http404 from None


def _to_next(request: MemberRequest, duty: TrainingDuty, course: Course) -> HttpResponse:
    own = standing.own_standing(duty, now=clock.now())
    if own.next_lesson:
        return _to(request, "compliance:training_lesson", duty.id, number=own.next_lesson)
    return _to(request, AFTER_LESSONS[own.next_step], duty.id)


def _to(request: MemberRequest, page: str, duty_id: UUID | None = None, **more: int) -> HttpResponse:
    named = {"slug": request.tenant.slug, **more} | ({"duty_id": duty_id} if duty_id is not None else {})
    return redirect(reverse(page, kwargs=named))
