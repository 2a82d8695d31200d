"""The pages of training: taken when the gate is closed, seen by who manages, written by who may."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from compliance.models import AuditEntry, OwnCourse
from compliance.training.catalogue import ASKED_BY, shipped
from helpdesk.core import clock
from tenants.actions.policies import choose
from tenants.models import Membership, TenantStatus, TrainingDuty, User
from tenants.policy_names import CLOSES
from tenants.scoping import tenant_scope
from tests.factories.training import complete, duty_of

pytestmark = pytest.mark.django_db
MINE = "/o/acme/training/"
INBOX = "/o/acme/inbox/"
COURSE = {
    "title": "House rules", "about": "", "minutes": "5", "statement": "I will.", "roles": ["owner", "agent"],
    "lessons": "# Doors\nClose the doors.", "questions": "", "closes": "on",
}  # fmt: skip


@pytest.fixture
def asked(olive, ada, now):
    """The PCI course closes the workspace to whoever has not done it in two weeks."""
    with tenant_scope(olive.tenant):
        choose(key=ASKED_BY["pci"], value=CLOSES, actor=olive, now=now)
    return duty_of(ada, "pci")


def lapsed(member, course="pci"):
    with tenant_scope(member.tenant):
        TrainingDuty.objects.filter(membership=member, course=course).update(due_at=clock.now())


def step(duty, page, **more):
    return reverse(f"compliance:training_{page}", kwargs={"slug": "acme", "duty_id": duty.id, **more})


def test_a_lapsed_member_reaches_their_training_alone_takes_it_and_is_back(client, sign_in, ada, asked):
    sign_in(client, ada)
    lapsed(ada)

    assert client.get(INBOX).url == MINE
    assert client.post("/o/acme/settings/privacy/export/").url == MINE
    assert client.get(INBOX, headers={"HX-Request": "true"})["HX-Redirect"] == MINE
    page = client.get(MINE)
    assert b"The workspace is closed to you" in page.content
    assert step(asked, "lesson", number=1).encode() in page.content

    course = shipped()["pci"]
    assert client.get(step(asked, "lesson", number=3)).url == step(asked, "lesson", number=1)
    assert client.get(step(asked, "quiz")).url == step(asked, "lesson", number=1)
    assert client.get(step(asked, "sign")).url == step(asked, "lesson", number=1)
    for number in range(1, 6):
        assert course.lessons[number - 1].text[0][:20] in client.get(step(asked, "lesson", number=number)).text
        assert client.post(step(asked, "lesson", number=number)).url == step(asked, "lesson", number=number + 1)
    assert client.post(step(asked, "lesson", number=6)).url == step(asked, "quiz")

    right = {f"q{place}": str(question.right) for place, question in enumerate(course.questions)} | {"version": "1"}
    assert client.post(step(asked, "quiz"), {**right, "q0": ""}).status_code == 422
    failed = client.post(step(asked, "quiz"), {**right, "q0": "0", "q1": "0"})
    assert (failed.status_code, course.questions[0].why in failed.text) == (422, True)
    assert client.post(step(asked, "quiz"), right).url == step(asked, "sign")

    signature = {"read": "on", "name": "Ada", "text": course.text_hash.hex()}
    for wrong in ({"name": "Somebody"}, {"read": ""}):
        assert client.post(step(asked, "sign"), signature | wrong).status_code == 422
    assert client.post(step(asked, "sign"), signature).url == step(asked, "certificate")
    assert "Ada" in client.get(step(asked, "certificate")).text
    assert client.get(INBOX).status_code == 200


def test_answers_stand_in_another_order_at_each_try_and_in_the_same_on_a_reload(client, sign_in, ada, asked):
    sign_in(client, ada)
    for number in range(1, 7):
        client.post(step(asked, "lesson", number=number))

    def orders():
        return [each.answers for each in client.get(step(asked, "quiz")).context["asked"]]

    first = orders()
    assert orders() == first
    client.post(step(asked, "quiz"), {"version": "1"} | {f"q{place}": "0" for place in range(6)})

    assert orders() != first
    assert [sorted(answers) for answers in orders()] == [sorted(answers) for answers in first]


def test_a_lapsed_owner_of_a_closing_organisation_is_not_led_in_a_circle(client, sign_in, olive, asked):
    sign_in(client, olive)
    lapsed(olive)
    type(olive.tenant).objects.filter(id=olive.tenant_id).update(status=TenantStatus.CLOSING)

    assert client.get("/o/acme/settings/keys/").url == MINE
    assert client.get(MINE).status_code == 200


def test_training_that_lapses_soon_is_told_on_every_page_and_is_no_hurdle(client, sign_in, ada, asked):
    sign_in(client, ada)

    assert b"is due by" in client.get("/o/acme/settings/").content
    with tenant_scope(ada.tenant):
        assert Membership.objects.get(id=ada.id).first_access_at is not None
        complete(ada, "pci", now=clock.now())
    assert b"is due by" not in client.get("/o/acme/settings/").content


def test_who_takes_a_course_first_has_not_had_access_yet(client, sign_in, ada, asked):
    sign_in(client, ada)
    lapsed(ada)
    client.get(MINE)
    client.get(INBOX)

    with tenant_scope(ada.tenant):
        assert Membership.objects.get(id=ada.id).first_access_at is None


def test_a_colleagues_and_a_strangers_course_is_not_found(client, sign_in, sam, mallory, asked):
    for stranger, found in ((sam, 404), (mallory, 404)):
        other = sign_in(Client(), stranger)
        assert other.get(step(asked, "lesson", number=1)).status_code == found
        assert other.post(step(asked, "sign"), {"read": "on", "name": "Ada", "text": "x"}).status_code == found
        assert other.get(step(asked, "certificate")).status_code == found


def test_managers_see_who_is_due_and_take_it_along_as_a_file(client, sign_in, sam, ada, olive, asked, now):
    User.objects.filter(id=ada.user_id).update(name="=Ada")
    ada.user.name = "=Ada"
    complete(ada, "pci", now=now)
    sign_in(client, sam)
    lapsed(olive)

    page = client.get("/o/acme/training/team/")
    assert [count for _, _, count in page.context["filters"]] == [3, 1, 1, 1]
    only = client.get("/o/acme/training/team/?state=overdue")
    assert [each.member.user.name for each in only.context["standings"]] == ["Olive"]

    file = client.get("/o/acme/training/team/export/")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [(row["name"], row["state"]) for row in rows] == [
        ("'=Ada", "done"), ("Olive", "overdue"), ("Sam", "due"),
    ]  # fmt: skip
    assert rows[0]["completed"] == now.isoformat()
    with tenant_scope(sam.tenant):
        assert AuditEntry.objects.get(event="training.exported").facts == {"rows": 3}


def test_an_agent_sees_neither_the_team_nor_the_courses(client, sign_in, ada):
    sign_in(client, ada)

    for page in ("team/", "team/export/", "courses/", "courses/new/"):
        assert client.get(MINE + page).status_code == 403
    assert b"Nothing is asked of you" in client.get(MINE).content


def test_an_owner_writes_a_course_changes_it_and_takes_it_out_of_use(client, sign_in, olive, ada):
    sign_in(client, olive)
    assert client.post(f"{MINE}courses/new/", COURSE).url == f"{MINE}courses/"
    with tenant_scope(olive.tenant):
        own = OwnCourse.objects.get()
    page = f"{MINE}courses/{own.id}/"

    assert "# Doors\n\nClose the doors." in client.get(page).text
    assert client.post(page, COURSE | {"lessons": "# Doors\nLock the doors."}).status_code == 302
    assert client.post(f"{page}use/off/").status_code == 302
    assert client.post(f"{page}use/sideways/").status_code == 404
    assert b"Version 2" in client.get(f"{MINE}courses/").content
    assert duty_of(ada, own.id.hex).is_assigned is False


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"title": ""}, "required"),
        ({"lessons": "Close the doors."}, "Line 1 stands before the first title"),
        ({"questions": "? Which\n- One\n- Two\n! So"}, "Question 1 needs exactly one right answer"),
        ({"roles": []}, "at least one role"),
        ({"statement": "My card is 4111 1111 1111 1111"}, "looks like it holds a card number"),
    ],
)
def test_what_is_wrong_with_a_course_is_said_and_nothing_is_kept(client, sign_in, olive, change, told):
    sign_in(client, olive)

    page = client.post(f"{MINE}courses/new/", COURSE | change)

    assert page.status_code == 422
    assert told in page.text
    with tenant_scope(olive.tenant):
        assert not OwnCourse.objects.exists()


def test_a_course_without_a_quiz_is_read_and_signed(client, sign_in, olive):
    sign_in(client, olive)
    client.post(f"{MINE}courses/new/", COURSE)
    with tenant_scope(olive.tenant):
        duty = TrainingDuty.objects.get(membership=olive)

    assert client.post(step(duty, "lesson", number=1)).url == step(duty, "sign")
    assert client.get(step(duty, "quiz")).url == step(duty, "sign")


def test_a_course_published_anew_meanwhile_begins_again(client, sign_in, olive):
    sign_in(client, olive)
    client.post(f"{MINE}courses/new/", COURSE | {"questions": "? Which\n+ One\n- Two\n! So"})
    with tenant_scope(olive.tenant):
        duty, own = TrainingDuty.objects.get(membership=olive), OwnCourse.objects.get()
    client.post(step(duty, "lesson", number=1))
    client.post(f"{MINE}courses/{own.id}/", COURSE | {"questions": "? Which\n+ One\n- Three\n! So"})

    assert client.post(step(duty, "quiz"), {"version": "1", "q0": "0"}).url == step(duty, "lesson", number=1)
    assert client.get(step(duty, "lesson", number=1)).status_code == 200


def test_two_weeks_pass_and_the_gate_closes_by_itself(client, sign_in, ada, asked):
    with time_machine.travel(clock.now() + timedelta(days=14), tick=False):
        sign_in(client, ada)
        assert client.get(INBOX).url == MINE
