import json
from datetime import timedelta

import pytest
from django.urls import reverse

from chat.actions import legal_holds, request_handling, subject_requests
from chat.actions.request_erasing import carry_out
from chat.models import ContactDetails
from compliance.models import HoldKind, RequestKind, RequestState, SubjectRequest
from helpdesk.core.ids import uuid7
from helpdesk.core.paging import PAGE
from tenants.scoping import tenant_scope
from tests.factories.stored import give_details, store_conversation

pytestmark = pytest.mark.django_db
VERA = "vera@tents.example"


@pytest.fixture
def owner(client, olive, sign_in):
    return sign_in(client, olive)


def queue(**query):
    return reverse("chat:requests", kwargs={"slug": "acme"}, query=query)


def page_of(request, step=""):
    return reverse("chat:request", kwargs={"slug": "acme", "request_id": request.id}) + (f"{step}/" if step else "")


NEW = "/o/acme/requests/new/"


def given(now, **more):
    return {"kind": "access", "regime": "gdpr", "received_on": now.date().isoformat(), **more}


def test_an_empty_register_says_what_will_stand_in_it(owner):
    shown = owner.get(queue()).content.decode()

    assert "Nobody waits for an answer" in shown
    assert "None of these" in owner.get(queue(show="overdue")).content.decode()


def test_the_list_is_by_day_with_what_is_late_marked_and_filters(owner, register, cora):
    later, soon, late = (register.open(kind) for kind in ("access", "erasure", "objection"))
    with tenant_scope(register.tenant):
        for one, days in ((soon, 3), (late, -1)):
            SubjectRequest.objects.filter(id=one.id).update(due_at=register.now + timedelta(days=days))
    register.do(request_handling.assign_request, request_id=soon.id, membership_id=register.member.id)
    register.answer(register.known("portability"))

    shown = owner.get(queue()).content.decode()
    places = [shown.index(page_of(one)) for one in (late, soon, later)]
    assert places == sorted(places)
    assert shown.count("Overdue</span>") == 1
    assert shown.count("Due within a week") == 1
    for query, wanted in (
        ({"show": "overdue"}, {late}), ({"show": "mine"}, {soon}), ({"kind": "erasure"}, {soon}),
        ({"show": "closed", "kind": "access"}, set()), ({"show": "nonsense", "page": "-1"}, {later, soon, late}),
    ):  # fmt: skip
        listed = owner.get(queue(**query)).content.decode()
        assert {one for one in (later, soon, late) if page_of(one) in listed} == wanted, query
    assert "Portability" in owner.get(queue(show="closed")).content.decode()


def test_a_long_list_comes_page_by_page(owner, register):
    for _ in range(2):
        register.open()
    with tenant_scope(register.tenant):
        model = SubjectRequest.objects.order_by("id")[0]
        for number in range(PAGE):
            model.pk, model.due_at = uuid7(), register.now + timedelta(days=40 + number)
            model.save(force_insert=True)

    first, second = (owner.get(queue(page=number)).content.decode() for number in (1, 2))

    assert first.count('class="card asked__one') == PAGE
    assert second.count('class="card asked__one') == 2
    assert ">More<" in first
    assert ">More<" not in second


def test_only_who_handles_requests_comes_here(client, ada, sam, mallory, cora, register, sign_in):
    made = register.open()
    for member, status in ((ada, 403), (sam, 403), (mallory, 404), (cora, 200)):
        sign_in(client, member)
        for address in (queue(), NEW, page_of(made)):
            assert client.get(address).status_code == status
        assert client.post(page_of(made, "note"), {"note": "x"}).status_code == (302 if status == 200 else status)


def test_a_letter_is_registered_by_the_address_it_came_from(owner, register, talk, now):
    answer = owner.post(NEW, given(now, wanted="VERA@tents.example", note="By letter"))

    (made,) = register.all()
    assert answer["Location"] == page_of(made)
    assert made.contact_id == talk.contact_id
    assert "An answer is due on" in owner.get(page_of(made)).content.decode()


def test_one_of_several_with_an_address_is_chosen_and_nobody_else(owner, register, talk, ada, now, acme):
    other = store_conversation(acme, at=now)
    give_details(other, ContactDetails(email=VERA), ada, at=now)
    stranger = store_conversation(acme, at=now)

    shown = owner.post(NEW, given(now, wanted=VERA))
    assert shown.status_code == 422
    assert "Several visitors have this" in shown.content.decode()
    assert owner.post(NEW, given(now, wanted=VERA, contact=str(stranger.contact_id))).status_code == 422
    assert owner.post(NEW, given(now, wanted=VERA, contact=str(other.contact_id))).status_code == 302
    assert [each.contact_id for each in register.all()] == [other.contact_id]


def test_somebody_unknown_is_registered_when_it_is_meant(owner, register, now):
    assert "Tick the box" in owner.post(NEW, given(now, wanted="nobody@tents.example")).content.decode()
    assert owner.post(NEW, given(now, wanted="not an address")).status_code == 422
    assert register.all() == []

    assert owner.post(NEW, given(now, wanted="nobody@tents.example", is_unknown="on")).status_code == 302
    assert register.all()[0].contact_id is None


def test_a_request_is_registered_from_a_conversation(owner, register, talk, globex, now):
    assert owner.get(f"{NEW}?conversation={talk.id}").status_code == 200
    assert owner.post(f"{NEW}?conversation={talk.id}", given(now, kind="erasure")).status_code == 302
    assert register.all()[0].contact_id == talk.contact_id
    other = store_conversation(globex, at=now)
    for named in (other.id, "x"):
        assert owner.get(f"{NEW}?conversation={named}").status_code == 404


def test_a_request_goes_its_way_on_its_page(owner, register, talk):
    made = register.open("objection", contact_id=talk.contact_id, note="They wrote to us")
    for step, posted in (
        ("know", {"how": "checked", "note": "They came by with a passport"}),
        ("note", {"note": "Asked the team"}),
        ("assign", {"assignee": str(register.member.id)}),
        ("extend", {"why": "many", "told_on": register.now.date().isoformat()}),
        ("answer", {"note": "Sent by post"}),
    ):
        answer = owner.post(page_of(made, step), posted)
        assert (answer.status_code, answer["Location"]) == (302, page_of(made)), step

    shown = owner.get(page_of(made)).content.decode()
    assert register.again(made).state == RequestState.ANSWERED
    for words in ("They wrote to us", "They came by with a passport", "Asked the team", "Sent by post"):
        assert words in shown
    assert "read" in register.events()


def test_a_form_that_is_not_taken_keeps_what_was_typed(owner, register):
    made = register.open()
    answer = owner.post(page_of(made, "answer"), {"note": "Sent by post"})

    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "Settle first whether whoever asks is the visitor." in shown
    assert owner.post(page_of(made, "note"), {"note": ""}).status_code == 422
    assert owner.post(page_of(made, "refuse"), {"refused_for": "nonsense"}).status_code == 422


def test_erasing_wants_a_tick_and_a_fresh_factor(client, owner, register, talk, olive, sign_in, monkeypatch):
    monkeypatch.setattr("chat.actions.request_erasing.erase_for_request.apply_async", lambda *_, **__: None)
    made = register.known("erasure", contact_id=talk.contact_id)

    assert owner.post(page_of(made, "answer"), {"note": "Done"}).status_code == 422
    stale = sign_in(client, olive, fresh=False)
    asked = stale.post(page_of(made, "answer"), {"note": "Done", "confirm": "on"})
    assert asked.status_code == 422
    assert register.again(made).state == RequestState.IN_PROGRESS
    fresh = sign_in(client, olive)
    assert fresh.post(page_of(made, "answer"), {"note": "Done", "confirm": "on"}).status_code == 302
    assert "It is being erased" in fresh.get(page_of(made)).content.decode()


def test_the_certificate_is_shown_and_handed_over(owner, register, talk, monkeypatch):
    monkeypatch.setattr("chat.actions.request_erasing.erase_for_request.apply_async", lambda *_, **__: None)
    made = register.answer(register.known("erasure", contact_id=talk.contact_id))
    assert owner.get(page_of(made, "certificate")).status_code == 404
    carry_out(tenant=register.tenant, request_id=made.id, now=register.now)

    shown = owner.get(page_of(made)).content.decode()
    told = json.loads(owner.get(page_of(made, "certificate")).content)

    kept = register.again(made)
    assert kept.certificate_sha256 in shown
    assert "Erased" in shown
    assert told["facts"] == kept.certificate
    assert told["sha256"] == kept.certificate_sha256


def test_a_hold_is_said_before_anybody_tries(owner, register, talk):
    made = register.known("erasure", contact_id=talk.contact_id)
    register.do(legal_holds.place_hold, kind=HoldKind.CONTACT, target=talk.contact_id, reason="An inquiry")

    assert "A legal hold is in force" in owner.get(page_of(made)).content.decode()
    answer = owner.post(page_of(made, "answer"), {"note": "Done", "confirm": "on"})
    assert (answer.status_code, "keeps something of this visitor" in answer.content.decode()) == (409, True)


def test_two_people_see_what_is_theirs_to_do(client, owner, register, cora, olive, sign_in):
    register.wants_two()
    made = register.known()
    owner.post(page_of(made, "answer"), {"note": "Ready to be sent"})

    assert "You have decided this" in owner.get(page_of(made)).content.decode()
    assert owner.post(page_of(made, "agree")).status_code == 302
    assert register.again(made).state == RequestState.APPROVAL
    other = sign_in(client, cora)
    assert "Ready to be sent" in other.get(page_of(made)).content.decode()
    other.post(page_of(made, "agree"))
    assert register.again(made).state == RequestState.ANSWERED


def test_what_a_visitor_wrote_is_shown_as_text(owner, register, talk):
    with tenant_scope(register.tenant):
        made = subject_requests.ask_by_visitor(
            contact_id=talk.contact_id, session_id=talk.started_by_id, kind=RequestKind.OBJECTION,
            words="<b>Stop</b>\nnow", is_proven=False, now=register.now,
        )  # fmt: skip

    shown = owner.get(page_of(made)).content.decode()

    assert "&lt;b&gt;Stop&lt;/b&gt;<br>now" in shown
    assert "from the visitor, in the chat" in shown


def test_an_id_of_nothing_leads_nowhere(owner, talk):
    class Nothing:
        id = talk.id

    for step in ("", "note", "agree", "certificate"):
        ask = owner.get if step in {"", "certificate"} else owner.post
        assert ask(page_of(Nothing, step), {"note": "x"}).status_code == 404


def test_who_sends_back_may_say_why(client, register, cora, sign_in):
    register.wants_two()
    made = register.answer(register.known())
    other = sign_in(client, cora)

    other.post(page_of(made, "send_back"), {"note": "Files are missing"})

    assert "Files are missing" in other.get(page_of(made)).content.decode()
    assert register.again(made).state == RequestState.IN_PROGRESS
