"""A course is read in order, passed and signed, and nobody takes it for another."""

import pytest
from django.db import DatabaseError, transaction

from compliance.actions import training
from compliance.actions.training import (
    CourseChangedError,
    LessonsFirstError,
    NotTheNameError,
    QuizFirstError,
    UnknownDutyError,
)
from compliance.models import AuditEntry, TrainingRecord
from compliance.training import assigning
from compliance.training.catalogue import shipped
from tenants.policy_names import CLOSES
from tenants.scoping import tenant_scope
from tests.compliance.training.conftest import ask
from tests.factories.training import complete, duty_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def adas(olive, ada, now):
    """Ada's duty to take the PCI course."""
    ask(olive, "pci", CLOSES, now)
    return duty_of(ada, "pci")


def in_order(ada, duty, lessons):
    for number in range(1, lessons + 1):
        training.see_lesson(duty_id=duty.id, number=number, actor=ada)


def test_a_course_is_read_in_order_passed_and_signed_and_good_for_a_year(acme, ada, adas, now):
    course = shipped()["pci"]
    right = {place: question.right for place, question in enumerate(course.questions)}
    quiz = {"duty_id": adas.id, "version": 1, "actor": ada, "now": now}
    signature = {"duty_id": adas.id, "actor": ada, "now": now, "name": " ada ", "text_hash": course.text_hash.hex()}
    with tenant_scope(acme):
        with pytest.raises(LessonsFirstError):
            training.see_lesson(duty_id=adas.id, number=2, actor=ada)
        with pytest.raises(LessonsFirstError):
            training.answer_quiz(answers=right, **quiz)
        in_order(ada, adas, 6)
        with pytest.raises(QuizFirstError):
            training.sign(**signature)
        assert not training.answer_quiz(answers={0: 0}, **quiz).is_passed
        assert training.answer_quiz(answers=right, **quiz).is_passed
        for wrong, error in (({"name": "Adam"}, NotTheNameError), ({"text_hash": "0" * 64}, CourseChangedError)):
            with pytest.raises(error):
                training.sign(**signature | wrong)

        done = training.sign(**signature)

        assert (done.version, done.completed_at, done.due_at) == (1, now, now + assigning.VALID)
        told = AuditEntry.objects.filter(event__startswith="training.").order_by("id").values_list("event", "facts")
        assert [event for event, _ in told] == ["training.failed", "training.passed", "training.completed"]
        assert told[1][1]["failed_so_far"] == 1
        signed = TrainingRecord.objects.get(step="signed")
        assert (signed.signed_as, bytes(signed.text_hash)) == ("Ada", course.text_hash)


def test_nobody_takes_a_course_for_another(acme, globex, adas, sam, mallory, now):
    for stranger in (sam, mallory):
        with tenant_scope(stranger.tenant), pytest.raises(UnknownDutyError):
            training.see_lesson(duty_id=adas.id, number=1, actor=stranger)


def test_what_was_done_is_only_added_to(acme, ada, adas, now):
    complete(ada, "pci", now=now)

    for act in (lambda rows: rows.delete(), lambda rows: rows.update(right=9)):
        with tenant_scope(acme), pytest.raises(DatabaseError), transaction.atomic():
            act(TrainingRecord.objects.all())
