"""How people stand with their training: one's own, the team's, and the proof that it came before access."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Count, Min, Q

from compliance.models import TrainingRecord, TrainingStep
from compliance.training.catalogue import course_in, course_now, shipped, titles
from compliance.training.course import Course
from tenants.models import Membership, TrainingDuty

RENEW_BEFORE: Final = timedelta(days=30)


class State(StrEnum):
    """Where a duty is. The words are shown as they stand here."""

    OVERDUE = "overdue"
    DUE = "due"
    DONE = "done"


class Proof(StrEnum):
    """Whether a course that closes the workspace was done before its member's first access."""

    BEFORE = "Before first access"
    NO_ACCESS = "No access so far"
    ASKED_LATER = "Asked of them later"
    AFTER = "After first access"
    DOES_NOT_CLOSE = "Closes nothing"


@dataclass(frozen=True, slots=True)
class Standing:
    """One member and one course that is asked of them."""

    duty: TrainingDuty
    title: str
    state: State
    failed: int
    first_done_at: datetime | None
    proof: Proof

    @property
    def member(self) -> Membership:
        member: Membership = self.duty.membership
        return member


@dataclass(frozen=True, slots=True)
class OwnStanding:
    """A course as its member sees it: what comes next, and how far they have come."""

    duty: TrainingDuty
    course: Course
    state: State
    renew: bool

    @property
    def seen(self) -> int:
        return self.duty.lessons_seen if self.duty.taking == self.course.version else 0

    @property
    def next_lesson(self) -> int:
        """The lesson to read next; 0 when all were read."""
        return self.seen + 1 if self.seen < len(self.course.lessons) else 0

    @property
    def next_step(self) -> str:
        if self.next_lesson:
            return "lesson"
        has_passed = self.duty.passed_at is not None or not self.course.questions
        return "sign" if has_passed else "quiz"

    @property
    def has_begun(self) -> bool:
        return self.seen > 0


def state_of(duty: TrainingDuty, *, now: datetime) -> State:
    """Return where a duty is."""
    if duty.due_at <= now:
        return State.OVERDUE
    return State.DONE if duty.completed_at is not None else State.DUE


def own(member: Membership, *, now: datetime) -> list[OwnStanding]:
    """Return what is asked of a member, the most urgent first. Call it inside the tenant's scope."""
    duties = TrainingDuty.objects.filter(membership=member, is_assigned=True).order_by("due_at", "course")
    return [own_standing(duty, now=now) for duty in duties]


def own_standing(duty: TrainingDuty, *, now: datetime) -> OwnStanding:
    """Return one of them."""
    is_near = duty.due_at - now <= RENEW_BEFORE
    return OwnStanding(
        duty, course_now(duty.course), state_of(duty, now=now), duty.completed_at is not None and is_near
    )


def course_of_record(record: TrainingRecord) -> Course:
    """Return the course that was signed: of an organisation's own in the version of then."""
    return shipped().get(record.course) or course_in(record.course, record.version)


def team(*, now: datetime) -> list[Standing]:
    """Return everyone's standing, by name and course. Call it inside the tenant's scope."""
    duties = TrainingDuty.objects.filter(is_assigned=True, membership__is_active=True)
    rows = duties.select_related("membership__user").order_by("membership__user__name", "membership_id", "course")
    done, failed, called = _first_done(), _failed(), titles()
    return [
        Standing(
            duty=duty,
            title=called.get(duty.course, duty.course),
            state=state_of(duty, now=now),
            failed=failed.get((duty.membership_id, duty.course), 0),
            first_done_at=(first := done.get((duty.membership_id, duty.course))),
            proof=proof_of(duty, first),
        )
        for duty in rows
    ]


def proof_of(duty: TrainingDuty, first_done_at: datetime | None) -> Proof:
    """Return what can be proved of a duty, its membership filled in: the gate makes `AFTER` impossible."""
    came_at = duty.membership.first_access_at
    if not duty.closes:
        return Proof.DOES_NOT_CLOSE
    if came_at is None:
        return Proof.NO_ACCESS
    if first_done_at is not None and first_done_at <= came_at:
        return Proof.BEFORE
    return Proof.ASKED_LATER if duty.assigned_at > came_at else Proof.AFTER


def counts(standings: Iterable[Standing]) -> dict[State, int]:
    """Return how many duties are in each state."""
    found = dict.fromkeys(State, 0)
    for standing in standings:
        found[standing.state] += 1
    return found


def _first_done() -> Mapping[tuple[UUID, str], datetime]:
    done = TrainingRecord.objects.filter(step=TrainingStep.SIGNED).values_list("membership_id", "course")
    return {(member, course): at for member, course, at in done.annotate(first=Min("at"))}


def _failed() -> Mapping[tuple[UUID, str], int]:
    tries = TrainingRecord.objects.values_list("membership_id", "course")
    counted = tries.annotate(failed=Count("id", filter=Q(step=TrainingStep.FAILED)))
    return {(member, course): failed for member, course, failed in counted if failed}
