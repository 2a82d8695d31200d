"""Courses of Acme's own, and who was asked for which."""

from compliance.actions.courses import publish_course
from compliance.training.catalogue import ASKED_BY
from compliance.training.course import read_course
from compliance.training.written import read_lessons, read_questions
from tenants.actions.policies import choose
from tenants.models import TrainingDuty
from tenants.scoping import tenant_scope

WRITTEN = """# Doors

Close the doors in the evening.

# Keys
Keep your key
with you."""
QUIZ = """? What happens to the doors?
+ They are closed
- They are painted
! They are closed in the evening."""


def own_course(title="House rules", lessons=WRITTEN, questions=QUIZ):
    said = {"title": title, "about": "The house", "minutes": 5, "statement": "I will.",
            "lessons": read_lessons(lessons), "questions": read_questions(questions)}  # fmt: skip
    return read_course("", 1, said)


def publish(actor, now, course=None, *, roles=("agent",), closes=True, take_again=False, course_id=None):
    with tenant_scope(actor.tenant):
        return publish_course(
            course=course or own_course(), roles=roles, closes=closes, take_again=take_again, course_id=course_id,
            actor=actor, now=now,
        )  # fmt: skip


def ask(actor, course, value, now):
    with tenant_scope(actor.tenant):
        choose(key=ASKED_BY[course], value=value, actor=actor, now=now)


def duties(tenant, **wanted):
    with tenant_scope(tenant):
        return list(TrainingDuty.objects.filter(**wanted).order_by("membership_id", "course"))
