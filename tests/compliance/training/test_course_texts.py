"""What courses say: short, asked about, written by people, signed as they were."""

from datetime import timedelta

import pytest

from compliance.actions.courses import NoRolesError, UnknownCourseError, set_course_in_use
from compliance.models import OwnCourseVersion
from compliance.training import assigning
from compliance.training.catalogue import ASKED_BY, course_now, shipped
from compliance.training.course import BadCourseError, mark, read_course
from compliance.training.written import read_lessons, read_questions, write_lessons, write_questions
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError
from tests.compliance.training.conftest import QUIZ, WRITTEN, duties, own_course, publish
from tests.factories.training import complete, duty_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", sorted(ASKED_BY))
def test_every_course_of_the_product_is_short_and_asks_enough(key):
    course = shipped()[key]

    assert 3 <= len(course.lessons) <= 6
    assert max(lesson.words for lesson in course.lessons) <= 120
    assert 5 <= len(course.questions) <= 8
    assert course.needed < len(course.questions)
    assert course.sources
    # The right answer stands in no place more than half the time, or the place would tell it.
    places = [question.right for question in course.questions]
    assert max(places.count(place) for place in places) <= len(places) / 2


def test_a_quiz_is_passed_with_four_fifths_of_its_answers():
    course = shipped()["pci"]
    right = {place: question.right for place, question in enumerate(course.questions)}

    assert course.needed == 5
    assert mark(course, right).is_passed
    assert mark(course, {**right, 0: 0}).wrong == (course.questions[0],)
    assert mark(course, {**right, 0: 0}).is_passed
    assert not mark(course, {**right, 0: 0, 1: 0}).is_passed
    assert mark(course, {}).right == 0


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""}, {"title": "x" * 81}, {"lessons": []}, {"lessons": [{"title": "One", "text": ["word " * 301]}]},
        {"lessons": [{"title": "One", "text": []}]}, {"statement": " "}, {"minutes": 0}, {"lessons": None},
        {"questions": [{"ask": "Which?", "answers": ["One"], "right": 0, "why": "So."}]},
        {"questions": [{"ask": "Which?", "answers": ["One", "one "], "right": 0, "why": "So."}]},
        {"questions": [{"ask": "Which?", "answers": ["One", "Two"], "right": 2, "why": "So."}]},
        {"questions": [{"ask": "Which?", "answers": ["One", "Two"], "right": 0, "why": ""}]},
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_no_course(change):
    with pytest.raises(BadCourseError):
        read_course("own", 1, own_course().content() | change)


def test_what_people_write_comes_back_as_they_wrote_it():
    course = own_course()

    assert [lesson.title for lesson in course.lessons] == ["Doors", "Keys"]
    assert course.lessons[1].text == ("Keep your key with you.",)
    assert read_lessons(write_lessons(course.lessons)) == read_lessons(WRITTEN)
    assert read_questions(write_questions(course.questions)) == read_questions(QUIZ)


@pytest.mark.parametrize(
    "text", ["A text.\n# Title", "? Which\n- One\n- Two\n! So", "? Which\n+ One\n+ Two", "+ One", "x"]
)
def test_what_nobody_could_take_for_lessons_or_questions_is_told_by_its_line(text):
    with pytest.raises(BadCourseError, match=r"Line \d|Question \d"):
        (read_lessons if "#" in text else read_questions)(text)


def test_a_word_more_is_another_text_to_sign():
    assert own_course().text_hash != own_course(lessons=WRITTEN + " Always.").text_hash
    assert own_course().text_hash == own_course(questions="").text_hash


def test_a_new_version_is_taken_again_within_two_weeks_where_its_author_says_so(acme, olive, ada, now):
    own = publish(olive, now)
    complete(ada, own.id.hex, now=now)
    later = now + timedelta(days=30)

    publish(olive, later, own_course(lessons=WRITTEN + " Always."), course_id=own.id)
    assert duty_of(ada, own.id.hex).due_at == now + assigning.VALID
    publish(olive, later, own_course(lessons=WRITTEN + " Really always."), course_id=own.id, take_again=True)

    assert duty_of(ada, own.id.hex).due_at == later + assigning.GRACE
    with tenant_scope(acme):
        assert assigning.bring_up_to_date(now=later + timedelta(days=3)) == 0
        assert course_now(own.id.hex).version == 3
        assert OwnCourseVersion.objects.count() == 3


def test_publishing_the_same_text_makes_no_version(acme, olive, now):
    own = publish(olive, now)

    assert publish(olive, now, course_id=own.id, closes=False, take_again=True).version == 1


def test_a_course_that_is_not_in_use_is_asked_of_nobody(acme, olive, ada, now):
    own = publish(olive, now)
    with tenant_scope(acme):
        set_course_in_use(course_id=own.id, is_in_use=False, actor=olive, now=now)

    assert duties(acme, is_assigned=True) == []


def test_only_who_may_writes_courses_and_none_that_holds_a_card_number(olive, sam, mallory, acme, now):
    card = own_course(lessons="# Doors\nPay with 4111 1111 1111 1111.")
    with pytest.raises(NotPermittedError):
        publish(sam, now)
    with pytest.raises(HoldsSensitiveDataError):
        publish(olive, now, card)
    with pytest.raises(NoRolesError):
        publish(olive, now, roles=["boss"])
    own = publish(olive, now)
    mallory.role = Role.OWNER
    with pytest.raises(UnknownCourseError):
        publish(mallory, now, course_id=own.id)
