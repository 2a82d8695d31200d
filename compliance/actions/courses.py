"""Courses that an organisation writes for its own people."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance import audit, audit_events
from compliance.models import OwnCourse, OwnCourseVersion
from compliance.training.assigning import bring_up_to_date
from compliance.training.course import Course
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability, Role
from tenants.text_checks import check_readable

MAX_COURSES = 50


class UnknownCourseError(LookupError):
    """The organisation has no such course."""


class TooManyCoursesError(Exception):
    """The organisation has as many courses as it may."""


class NoRolesError(Exception):
    """A course is for at least one role."""


@transaction.atomic
def publish_course(
    *,
    course: Course,
    roles: Collection[str],
    closes: bool,
    take_again: bool,
    course_id: UUID | None,
    actor: Membership,
    now: datetime,
) -> OwnCourse:
    """Publish a course, or a new version of one; whom it is for is asked to take it from now on.

    What it says is kept readable, for everyone it is for; a text that holds a card number or the like is refused.

    Args:
        course: What it says; its key and version are given here.
        roles: For whom it is.
        closes: Whether the workspace is closed without it.
        take_again: Whether who has done an older version has to take this one.
        course_id: Of the course that is changed; None for a new one.

    Raises:
        NotPermittedError: The member may not.
        UnknownCourseError: There is no such course.
        TooManyCoursesError: There are enough.
        NoRolesError: It is for nobody.
        HoldsSensitiveDataError, NotCheckedError: A text must not be kept, or could not be looked at.
    """
    require(actor, Capability.MANAGE_COURSES)
    if not roles or not set(roles) <= set(Role.values):
        raise NoRolesError
    for line in course.lines():
        check_readable(line)
    own = _new(actor, now) if course_id is None else _locked(course_id)
    if course_id is not None and _said(own) != course.content():
        own.version += 1
        own.least_version = own.version if take_again else own.least_version
    own.roles, own.closes, own.is_in_use, own.changed_at = sorted(roles), closes, True, now
    own.save()
    OwnCourseVersion.objects.get_or_create(
        tenant_id=actor.tenant_id,
        course=own,
        number=own.version,
        defaults={"content": course.content(), "written_by": actor.id, "written_at": now},
    )
    audit.record(
        Actor.member(actor), audit_events.COURSE_PUBLISHED, own, at=now,
        version=own.version, closes=closes, roles=", ".join(own.roles), take_again=take_again,
    )  # fmt: skip
    bring_up_to_date(now=now)
    return own


@transaction.atomic
def set_course_in_use(*, course_id: UUID, is_in_use: bool, actor: Membership, now: datetime) -> OwnCourse:
    """Ask nobody for a course any more, or again. What was done stays on record.

    Raises:
        NotPermittedError: The member may not.
        UnknownCourseError: There is no such course.
    """
    require(actor, Capability.MANAGE_COURSES)
    own = _locked(course_id)
    if own.is_in_use == is_in_use:
        return own
    own.is_in_use, own.changed_at = is_in_use, now
    own.save(update_fields=["is_in_use", "changed_at"])
    event = audit_events.COURSE_PUBLISHED if is_in_use else audit_events.COURSE_RETIRED
    audit.record(Actor.member(actor), event, own, at=now, version=own.version)
    bring_up_to_date(now=now)
    return own


def _new(actor: Membership, now: datetime) -> OwnCourse:
    # The members' rows are locked by whoever brings duties up to date, so two can't both be the last.
    if OwnCourse.objects.count() >= MAX_COURSES:
        raise TooManyCoursesError
    return OwnCourse(tenant_id=actor.tenant_id, changed_at=now)


def _locked(course_id: UUID) -> OwnCourse:
    own: OwnCourse | None = OwnCourse.objects.select_for_update().filter(id=course_id).first()
    if own is None:
        raise UnknownCourseError
    return own


def _said(own: OwnCourse) -> object:
    return OwnCourseVersion.objects.filter(course=own, number=own.version).values_list("content", flat=True).first()
