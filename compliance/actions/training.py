"""Take a course: its lessons in order, its quiz, and the signature that completes it. Each acts for themselves."""

from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from django.db import transaction

from compliance import audit, audit_events
from compliance.models import TrainingRecord, TrainingStep
from compliance.training.assigning import VALID
from compliance.training.catalogue import course_now
from compliance.training.course import Course, Marked, mark
from tenants.actors import Actor
from tenants.models import Membership, TrainingDuty


class UnknownDutyError(LookupError):
    """The member is asked for no such course."""


class LessonsFirstError(Exception):
    """A lesson or a quiz comes after what stands before it."""


class QuizFirstError(Exception):
    """What is signed was understood first: the quiz has to be passed."""


class CourseChangedError(Exception):
    """Another version is taken now than the one that was shown."""


class NotTheNameError(Exception):
    """What was typed to sign is not the name of the account."""


@transaction.atomic
def begin(*, duty_id: UUID, actor: Membership) -> tuple[TrainingDuty, Course]:
    """Return a duty of the member's and its course; one that was begun in an older version begins anew.

    Raises:
        UnknownDutyError: There is none.
    """
    duty = _locked(duty_id, actor)
    course = course_now(duty.course)
    if duty.taking != course.version:
        duty.taking, duty.lessons_seen, duty.passed_at = course.version, 0, None
        duty.save(update_fields=["taking", "lessons_seen", "passed_at"])
    return duty, course


@transaction.atomic
def see_lesson(*, duty_id: UUID, number: int, actor: Membership) -> TrainingDuty:
    """Note that the member has read a lesson, counted from 1.

    Raises:
        UnknownDutyError: There is no such duty, or lesson.
        LessonsFirstError: The one before has not been read.
    """
    duty, course = begin(duty_id=duty_id, actor=actor)
    if not 1 <= number <= len(course.lessons):
        raise UnknownDutyError
    if number > duty.lessons_seen + 1:
        raise LessonsFirstError
    if number > duty.lessons_seen:
        duty.lessons_seen = number
        duty.save(update_fields=["lessons_seen"])
    return duty


@transaction.atomic
def answer_quiz(*, duty_id: UUID, version: int, answers: Mapping[int, int], actor: Membership, now: datetime) -> Marked:
    """Mark the member's answers. It can be tried as often as needed; every try is recorded.

    Raises:
        UnknownDutyError: There is no such duty.
        LessonsFirstError: Not all lessons were read.
        CourseChangedError: The course was published anew meanwhile.
    """
    duty, course = begin(duty_id=duty_id, actor=actor)
    if version != course.version:
        raise CourseChangedError
    if duty.lessons_seen < len(course.lessons):
        raise LessonsFirstError
    marked = mark(course, answers)
    step = TrainingStep.PASSED if marked.is_passed else TrainingStep.FAILED
    record = _record(duty, course, step, now, right=marked.right, asked=marked.asked)
    tries = TrainingRecord.objects.filter(membership=actor, course=course.key, step=TrainingStep.FAILED).count()
    event = audit_events.TRAINING_PASSED if marked.is_passed else audit_events.TRAINING_FAILED
    audit.record(
        Actor.member(actor), event, record, at=now,
        course=course.key, version=course.version, right=marked.right, asked=marked.asked, failed_so_far=tries,
    )  # fmt: skip
    if marked.is_passed and duty.passed_at is None:
        duty.passed_at = now
        duty.save(update_fields=["passed_at"])
    return marked


@transaction.atomic
def sign(*, duty_id: UUID, name: str, text_hash: str, actor: Membership, now: datetime) -> TrainingDuty:
    """Complete a course: the member signs its exact text with their name, and it is good for a year.

    Args:
        duty_id: Theirs.
        name: As typed; it has to be that of their account, whatever its spaces and capitals.
        text_hash: Of the text that was shown, in hexadecimal.

    Raises:
        UnknownDutyError: There is no such duty.
        QuizFirstError: The lessons or the quiz are still to be done.
        CourseChangedError: The text is another by now.
        NotTheNameError: The name is another.
    """
    duty, course = begin(duty_id=duty_id, actor=actor)
    if duty.lessons_seen < len(course.lessons) or (course.questions and duty.passed_at is None):
        raise QuizFirstError
    if not compare_digest(text_hash.encode(), course.text_hash.hex().encode()):
        raise CourseChangedError
    if _plain(name) != _plain(actor.user.name):
        raise NotTheNameError
    record = _record(duty, course, TrainingStep.SIGNED, now, signed_as=actor.user.name, text_hash=course.text_hash)
    duty.version, duty.completed_at, duty.due_at = course.version, now, now + VALID
    duty.taking, duty.lessons_seen, duty.passed_at, duty.reminded_days = 0, 0, None, None
    duty.save()
    audit.record(
        Actor.member(actor), audit_events.TRAINING_COMPLETED, record, at=now,
        course=course.key, version=course.version, text=course.text_hash.hex(),
    )  # fmt: skip
    return duty


def _locked(duty_id: UUID, actor: Membership) -> TrainingDuty:
    duties = TrainingDuty.objects.filter(id=duty_id, membership=actor, is_assigned=True)
    duty: TrainingDuty | None = duties.select_for_update().first()
    if duty is None:
        raise UnknownDutyError
    return duty


def _record(duty: TrainingDuty, course: Course, step: TrainingStep, now: datetime, **facts: object) -> TrainingRecord:
    record: TrainingRecord = TrainingRecord.objects.create(
        tenant_id=duty.tenant_id,
        membership_id=duty.membership_id,
        course=course.key,
        version=course.version,
        step=step,
        at=now,
        **facts,
    )
    return record


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
