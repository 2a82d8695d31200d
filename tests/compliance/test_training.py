"""Training: what courses say, who is asked for which, what completes one, and who is reminded."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from compliance import tasks
from compliance.actions import training
from compliance.actions.courses import NoRolesError, UnknownCourseError, publish_course, set_course_in_use
from compliance.actions.training import (
    CourseChangedError,
    LessonsFirstError,
    NotTheNameError,
    QuizFirstError,
    UnknownDutyError,
)
from compliance.models import AuditEntry, OwnCourseVersion, TrainingRecord
from compliance.training import assigning, reminding, standing
from compliance.training.catalogue import ASKED_BY, course_now, shipped
from compliance.training.course import BadCourseError, mark, read_course
from compliance.training.standing import Proof, State
from compliance.training.written import read_lessons, read_questions, write_lessons, write_questions
from helpdesk.core import clock
from tenants.actions import members
from tenants.actions.policies import choose
from tenants.actors import Actor
from tenants.models import Membership, ModeState, Tenant, TrainingDuty
from tenants.permissions import NotPermittedError
from tenants.policy_names import ASKED, CLOSES, NOT_ASKED
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError
from tests.factories.modes import switch_mode
from tests.factories.tenants import make_member
from tests.factories.training import complete, duty_of

pytestmark = pytest.mark.django_db
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


# What courses say ------------------------------------------------------------------------------------------------


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


# Who is asked ----------------------------------------------------------------------------------------------------


def test_pci_mode_asks_those_who_chat_and_gives_who_is_there_two_weeks(acme, olive, ada, sam, now):
    switch_mode(tenant=acme, mode="pci", on=True, reason="Cards", actor=Actor.member(olive), now=now)
    tasks.train_tenant.for_tenant(acme.id).run_here()

    given = duties(acme)
    assert {duty.membership_id for duty in given} == {olive.id, ada.id, sam.id}
    assert {(duty.course, duty.closes) for duty in given} == {("pci", True)}
    assert all(timedelta(days=13) < duty.due_at - now <= timedelta(days=14, minutes=1) for duty in given)


def test_who_joins_under_a_mode_takes_its_course_before_their_first_access(acme, now):
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)
    officer = make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)
    auditor = make_member(acme, "Axel", Role.AUDITOR, now=now)

    assert [(duty.course, duty.due_at) for duty in duties(acme, membership=officer)] == [("hipaa", now)]
    assert duties(acme, membership=auditor) == []


def test_a_choice_asks_at_once_and_none_takes_it_back_without_forgetting_what_was_done(acme, olive, ada, now):
    ask(olive, "phishing", ASKED, now)
    complete(ada, "phishing", now=now)

    ask(olive, "phishing", NOT_ASKED, now)
    assert duties(acme, is_assigned=True) == []
    ask(olive, "phishing", CLOSES, now + timedelta(days=1))

    assert duty_of(ada, "phishing").due_at == now + assigning.VALID
    assert duty_of(olive, "phishing").due_at == now + timedelta(days=1) + assigning.GRACE


def test_what_was_late_and_closed_nothing_closes_only_after_two_weeks(olive, ada, now):
    ask(olive, "privacy", ASKED, now)
    later = now + timedelta(days=40)

    ask(olive, "privacy", CLOSES, later)

    assert duty_of(ada, "privacy").due_at == later + assigning.GRACE


def test_bringing_duties_up_to_date_again_changes_nothing(acme, olive, ada, now):
    ask(olive, "privacy", CLOSES, now)
    with tenant_scope(acme):
        assert assigning.bring_up_to_date(acme, now=now + timedelta(days=3)) == 0
        assert TrainingDuty.objects.count() == 2


def test_another_role_is_asked_for_other_courses_and_who_is_let_back_in_takes_them_first(acme, olive, ada, now):
    publish(olive, now, roles=["agent"])
    course = duties(acme)[0].course
    with tenant_scope(acme):
        members.change_role(membership_id=ada.id, role=Role.SUPERVISOR, actor=olive, now=now)
        assert not TrainingDuty.objects.filter(is_assigned=True).exists()
        members.change_role(membership_id=ada.id, role=Role.AGENT, actor=olive, now=now)
        assert TrainingDuty.objects.get(is_assigned=True).due_at == now + assigning.GRACE
        members.set_member_active(membership_id=ada.id, is_active=False, actor=olive, now=now)
        members.set_member_active(membership_id=ada.id, is_active=True, actor=olive, now=now)

    assert duty_of(ada, course).due_at == now


# Taking one ------------------------------------------------------------------------------------------------------


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


# Courses of their own --------------------------------------------------------------------------------------------


def test_a_new_version_is_taken_again_within_two_weeks_where_its_author_says_so(acme, olive, ada, now):
    own = publish(olive, now)
    complete(ada, own.id.hex, now=now)
    later = now + timedelta(days=30)

    publish(olive, later, own_course(lessons=WRITTEN + " Always."), course_id=own.id)
    assert duty_of(ada, own.id.hex).due_at == now + assigning.VALID
    publish(olive, later, own_course(lessons=WRITTEN + " Really always."), course_id=own.id, take_again=True)

    assert duty_of(ada, own.id.hex).due_at == later + assigning.GRACE
    with tenant_scope(acme):
        assert assigning.bring_up_to_date(acme, now=later + timedelta(days=3)) == 0
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


# Reminders, and proof ---------------------------------------------------------------------------------------------


def test_each_reminder_comes_once_and_closer_ones_follow(acme, olive, ada, now, mailoutbox):
    ask(olive, "phishing", CLOSES, now)
    complete(olive, "phishing", now=now)

    sent = []
    for days in (0, 0, 5, 7, 8, 13, 13.5, 14, 20):
        reminding.remind(acme, now=now + timedelta(days=days))
        sent.append(len(mailoutbox))

    assert sent == [1, 1, 1, 2, 2, 3, 3, 3, 3]
    assert {mail.to[0] for mail in mailoutbox} == {"ada@acme.example"}
    assert "Phishing and social engineering" in mailoutbox[0].body
    assert "/o/acme/training/" in mailoutbox[0].body


def test_the_next_round_is_reminded_anew(acme, olive, ada, now, mailoutbox):
    ask(olive, "phishing", CLOSES, now)
    for member in (olive, ada):
        complete(member, "phishing", now=now)

    assert reminding.remind(acme, now=now + assigning.VALID - timedelta(days=31)) == 0
    assert reminding.remind(acme, now=now + assigning.VALID - timedelta(days=30)) == 2


def test_proof_tells_who_was_trained_before_their_first_access(acme, olive, ada, now):
    with tenant_scope(acme):
        Membership.objects.filter(id__in=[olive.id, ada.id]).update(first_access_at=now)
    ask(olive, "pci", CLOSES, now + timedelta(hours=1))
    new = make_member(acme, "Nora", Role.AGENT, now=now + timedelta(hours=2))
    complete(new, "pci", now=now + timedelta(hours=3))
    with tenant_scope(acme):
        before = {each.member.user.name: each.proof for each in standing.team(now=now)}
        Membership.objects.filter(id=new.id).update(first_access_at=now + timedelta(hours=4))
        after = {each.member.user.name: each for each in standing.team(now=now)}
        Membership.objects.filter(id=new.id).update(first_access_at=now + timedelta(hours=2, minutes=30))
        wrong = {each.member.user.name: each.proof for each in standing.team(now=now)}

    assert before == {"Ada": Proof.ASKED_LATER, "Olive": Proof.ASKED_LATER, "Nora": Proof.NO_ACCESS}
    assert (after["Nora"].proof, after["Nora"].state) == (Proof.BEFORE, State.DONE)
    assert wrong["Nora"] == Proof.AFTER


def test_the_clock_of_the_job_is_now(acme, olive, ada, now, mailoutbox):
    ask(olive, "phishing", ASKED, clock.now())

    tasks.train_tenant.for_tenant(acme.id).run_here()

    assert len(mailoutbox) == 2
