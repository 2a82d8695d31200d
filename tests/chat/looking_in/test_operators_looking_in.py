"""What an operator sees whom an owner has let in, and until when."""

from datetime import timedelta
from uuid import uuid4

import pytest

from chat.models import ContactDetails, Message
from compliance import support
from compliance.actions.support import approve, refuse
from compliance.models import OperatorEntry
from tenants.actions import members
from tenants.keyring import ring
from tenants.models import StaffSession, Tenant
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.looking_in.conftest import WORDS, looks, page, rows
from tests.factories.stored import give_details, store_conversation
from tests.factories.support import ask_support, let_in
from tests.factories.tenants import make_member, make_person, owner_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(client, sign_in, oscar):
    return sign_in(client, oscar)


def of(talk):
    return f"conversations/{talk.id}/"


def test_an_operator_reads_what_was_said_and_the_owner_sees_that(
    desk, sign_in, grant, talk, acme, oscar, olive, client
):
    listed = desk.get(page(grant))
    assert talk.reference in listed.text
    assert not any(words in listed.text for words in WORDS)

    read = desk.get(page(grant, of(talk)))

    assert all(words in read.text for words in WORDS)
    assert "no-store" in read["Cache-Control"]
    assert "You look into Acme, read only" in read.text
    assert grant.reason in read.text
    assert desk.get(page(grant, "settings/")).status_code == 200
    assert looks(acme) == [("conversations", 1, oscar.id), ("conversation", 2, oscar.id), ("settings", None, oscar.id)]
    entries = OperatorEntry.objects.filter(event="support.read").order_by("at", "id")
    assert [(entry.organisation_id, entry.facts["page"]) for entry in entries] == [
        (acme.id, "conversations"), (acme.id, "conversation"), (acme.id, "settings"),
    ]  # fmt: skip
    assert (
        f'conversation <a href="/o/acme/conversations/{talk.id}/"'
        in sign_in(client, olive).get("/o/acme/settings/support/").text
    )


def test_visitors_are_references_and_notes_stay_between_colleagues(desk, grant, acme, ada, now):
    talk = store_conversation(acme, ["Hello", "Only for us"], at=now)
    give_details(talk, ContactDetails(name="Vera Vale", email="vera@vale.example", phone=""), ada, at=now)
    with tenant_scope(acme):
        Message.objects.filter(conversation=talk, sequence=2).update(kind="note", public_sequence=None)

    read = desk.get(page(grant, of(talk))).text

    assert "Hello" in read
    assert not any(words in read for words in ("Only for us", "Vera Vale", "vera@vale.example"))


def over(acme, olive, oscar, grant, now):
    with tenant_scope(acme):
        refuse(grant_id=grant.id, actor=olive, now=now)


def lapsed(acme, olive, oscar, grant, now):
    with tenant_scope(acme):
        type(grant).objects.filter(id=grant.id).update(
            approved_at=now - timedelta(minutes=31), until=now - timedelta(seconds=1)
        )


def demoted(acme, olive, oscar, grant, now):
    other = make_member(acme, "Otto", Role.OWNER, now=now)
    with tenant_scope(acme):
        members.change_role(membership_id=olive.id, role=Role.SUPERVISOR, actor=other, now=now)


def suspended(acme, olive, oscar, grant, now):
    Tenant.objects.filter(id=acme.id).update(status="suspended")


def under_a_mode(acme, olive, oscar, grant, now):
    Tenant.objects.filter(id=acme.id).update(pci_state="on")


ENDS = [over, lapsed, demoted, suspended, under_a_mode]


@pytest.mark.parametrize("end", ENDS)
def test_once_it_is_over_the_page_says_so_and_the_database_gives_no_row(
    desk, grant, talk, acme, olive, oscar, now, end
):
    assert len(rows(acme, oscar, talk)) == 2
    assert desk.get(page(grant, "still/")).json()["left_s"] > 1700
    seen = looks(acme)

    end(acme, olive, oscar, grant, now)

    assert rows(acme, oscar, talk) == []
    for rest in ("", of(talk), "settings/", "still/"):
        answer = desk.get(page(grant, rest))
        assert answer.status_code == 410
        assert not any(words in answer.text for words in WORDS)
    assert looks(acme) == seen


def test_an_operator_who_is_shut_out_reads_nothing(desk, grant, talk, acme, oscar):
    type(oscar).objects.filter(id=oscar.id).update(is_active=False)

    assert rows(acme, oscar, talk) == []
    assert desk.get(page(grant, of(talk))).status_code == 302


def test_before_an_owner_answers_nothing_is_read(desk, talk, acme, oscar, now):
    grant = ask_support(acme, oscar, now=now)

    assert rows(acme, oscar, talk) == []
    assert desk.get(page(grant, of(talk))).status_code == 410


def test_another_operators_access_is_nobody_elses(sign_in, client, grant, talk, acme, now):
    other = make_person("Orla", email="orla@hushdesk.example", is_operator=True, now=now)
    sign_in(client, other)

    assert rows(acme, other, talk) == []
    for rest in ("", of(talk), "settings/", "still/"):
        assert (
            client.get(page(grant, rest)).status_code
            == client.get(f"/admin/support/{uuid4()}/{rest}").status_code
            == 404
        )
    assert client.post(page(grant, "end/")).status_code == 404
    assert support.accesses_of(grant.operator_id)[grant.id].is_live


def test_access_to_one_organisation_opens_no_other(desk, grant, globex, oscar, now):
    theirs = store_conversation(globex, ["Our secret"], at=now)

    assert (
        desk.get(page(grant, of(theirs))).status_code
        == desk.get(page(grant, f"conversations/{uuid4()}/")).status_code
        == 404
    )
    assert rows(globex, oscar, theirs) == []


def test_two_accesses_at_once_each_show_their_own(desk, grant, talk, globex, oscar, now):
    theirs = store_conversation(globex, ["Our secret"], at=now)
    other = let_in(owner_of(globex), oscar, now=now)

    assert "Our secret" in desk.get(page(other, of(theirs))).text
    assert desk.get(page(grant, of(theirs))).status_code == 404
    assert desk.get(page(other, of(talk))).status_code == 404


@pytest.mark.parametrize("rest", ["", "settings/", "still/"])
def test_mallory_members_and_strangers_are_led_away(client, sign_in, grant, mallory, olive, rest):
    assert client.get(page(grant, rest)).status_code == 302
    for member in (mallory, olive):
        assert sign_in(client, member).get(page(grant, rest)).status_code in {302, 403}


def test_an_open_page_that_asks_keeps_nobody_signed_in(desk, grant, oscar):
    StaffSession.objects.update(active_at=grant.asked_at - timedelta(minutes=5))

    desk.get(page(grant, "still/"), headers={"Sec-Fetch-Mode": "cors"})
    assert StaffSession.objects.get().active_at < grant.asked_at
    desk.get(page(grant))
    assert StaffSession.objects.get().active_at > grant.asked_at


def test_an_operator_asks_sees_what_became_of_it_and_ends_it(desk, acme, olive, oscar, now):
    asking = f"/admin/compliance/supportgrant/ask/{acme.id}/"
    assert asking in desk.get(f"/admin/tenants/tenant/{acme.id}/change/").text
    assert "You have no access" in desk.get("/admin/support/").text
    assert desk.post(asking, {"reason": " "}).status_code == 422
    assert desk.post(asking, {"reason": "The inbox stays empty"}).url == "/admin/support/"
    assert "You have asked already" in desk.post(asking, {"reason": "Again"}, follow=True).text
    assert "waits for an owner" in desk.get("/admin/support/").text
    with tenant_scope(acme):
        (grant,) = support.grants(now)["asked"]
        approve(grant_id=grant.id, minutes=15, code="", actor=olive, now=now)
    assert "Look in" in desk.get("/admin/support/").text
    assert "The inbox stays empty" in desk.get("/admin/compliance/supportgrant/?organisation=acme").text

    assert desk.post(page(grant, "end/"), follow=True).status_code == 200

    assert "Ended by the operator" in desk.get("/admin/support/").text
    assert "support.ended" in desk.get("/admin/compliance/operatorentry/").text
    assert "It was over already" in desk.post(page(grant, "end/"), follow=True).text


def test_of_a_suspended_organisation_nothing_is_asked(desk, acme):
    Tenant.objects.filter(id=acme.id).update(status="suspended")

    answer = desk.post(f"/admin/compliance/supportgrant/ask/{acme.id}/", {"reason": "Look"})

    assert (answer.status_code, "suspended or closing" in answer.text) == (422, True)
    assert desk.get(f"/admin/compliance/supportgrant/ask/{uuid4()}/").status_code == 404


@pytest.mark.parametrize("before", ["2", "-1", "9" * 30, "x"])
def test_earlier_messages_are_asked_for_by_a_number(desk, grant, talk, before):
    answer = desk.get(page(grant, f"{of(talk)}?before={before}"))

    assert answer.status_code == 200
    assert WORDS[0] in answer.text
    assert (WORDS[1] in answer.text) == (before != "2")
    assert desk.get(page(grant, "?status=gone")).status_code == 404


def test_a_long_conversation_is_read_a_page_at_a_time(desk, grant, acme, now):
    talk = store_conversation(acme, [f"Line number {number}." for number in range(205)], at=now)

    newest = desk.get(page(grant, of(talk))).text

    assert "Line number 204." in newest
    assert "Line number 4." not in newest
    assert "Line number 4." in desk.get(page(grant, f"{of(talk)}?before=6")).text


def test_what_has_no_key_any_more_is_said_to_be_unreadable(desk, grant, talk, acme):
    ring.destroy_contact_keys(acme.id, [talk.contact_id])

    assert "can no longer be read" in desk.get(page(grant, of(talk))).text
