"""The panel of a visitor: filled in, searched by, and shown to who may read."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from chat.models import ConsentReceipt, Conversation, VisitorSession
from chat.people import facts_of
from compliance.actions.notices import version_of
from compliance.models import LawRegion
from compliance.notices.in_force import notices_of
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.contacts.conftest import row, url
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
FORM = {"name": "Vera Visser", "email": "vera@tents.example", "phone": "", "seen": ""}


def test_an_agent_fills_in_the_panel_and_sees_the_name_everywhere(desk, acme, talk):
    answer = desk.post(url(talk), FORM, headers={"HX-Request": "true"})

    assert (answer.status_code, "Saved" in answer.text) == (200, True)
    page = desk.get(f"/o/acme/conversations/{talk.id}/").text
    assert 'value="vera@tents.example"' in page
    assert page.count("Vera Visser") >= 4  # row, header, form, the author of the message
    assert "Vera Visser" in desk.get("/o/acme/inbox/?queue=open").text


def test_the_panel_tells_what_the_visitor_was_told(desk, acme, talk, now):
    assert "No receipt" in desk.get(url(talk)).text
    with tenant_scope(acme):
        notices = notices_of(acme)
        notice = version_of(notices.of(LawRegion.CANADA, "fr"), notices, now=now)
        receipt = ConsentReceipt.objects.create(
            tenant=acme, contact=talk.contact, session=talk.started_by, notice=notice, text_hash=notice.text_hash,
            region="canada", language="fr", agreed=True, gpc=True, entry="socket", given_at=now,
        )  # fmt: skip

    page = desk.get(url(talk)).text
    assert "Canada (PIPEDA, Quebec), fr, version 1; Global Privacy Control on" in page
    assert "Agreed to" in page
    with tenant_scope(acme):
        ConsentReceipt.objects.filter(id=receipt.id).update(withdrawn_at=now)
    assert "Withdrawn" in desk.get(url(talk)).text


def test_the_panel_counts_browsers_and_names_the_sites_once(acme, talk, now):
    with tenant_scope(acme):
        VisitorSession.objects.filter(contact=talk.contact).update(origin="https://tents.example")
        for minutes, origin in enumerate(["https://packs.example", "", "https://tents.example"], start=1):
            VisitorSession.objects.create(
                tenant=acme, contact=talk.contact, token_hash=uuid4().bytes * 2, origin=origin, created_at=now,
                seen_at=now + timedelta(minutes=minutes), expires_at=now + timedelta(days=1),
            )  # fmt: skip
        facts = facts_of(Conversation.objects.select_related("contact").get(id=talk.id))

    assert (facts.browsers, facts.last_seen) == (4, now + timedelta(minutes=3))
    assert facts.sites == ["https://packs.example", "https://tents.example"]


def test_nothing_is_known_of_a_visitor_whose_browsers_are_gone(acme, now):
    alone = store_conversation(acme, at=now)
    with tenant_scope(acme):
        Conversation.objects.filter(id=alone.id).update(started_by=None)
        VisitorSession.objects.filter(contact=alone.contact).delete()
        facts = facts_of(Conversation.objects.select_related("contact").get(id=alone.id))

    assert (facts.browsers, facts.last_seen, facts.sites, facts.is_merged) == (0, None, [], False)


def test_the_panel_says_what_is_wrong_and_keeps_what_was_typed(desk, talk):
    for text, said in [("vera", "not a full e-mail address"), ("4111111111111111@x.example", "like a card number")]:
        answer = desk.post(url(talk), FORM | {"email": text}, headers={"HX-Request": "true"})

        assert (answer.status_code, said in answer.text) == (422, True)
        assert 'value="Vera Visser"' in answer.text


def test_the_panel_works_without_scripts(desk, acme, talk):
    assert desk.post(url(talk), FORM).status_code == 302
    assert desk.post(url(talk), FORM | {"name": "Vera V."}).text.count("a moment ago") == 1
    assert 'value="Vera Visser"' in desk.get(url(talk)).text


def test_the_panel_lists_the_visitors_other_conversations(desk, acme, talk, now):
    other = store_conversation(acme, at=now, contact=row(talk))
    store_conversation(acme, at=now)

    page = desk.get(url(talk)).text

    assert (page.count(f"/o/acme/conversations/{other.id}/"), page.count("/conversations/")) == (1, 4)


def test_the_search_box_finds_by_post_alone_and_tells_no_address(desk, acme, talk):
    desk.post(url(talk), FORM)

    answer = desk.post("/o/acme/find/", {"wanted": "VERA@tents.example"})

    assert [one.id for one in answer.context["rows"]] == [talk.id]
    assert "1 conversation with 1 visitor." in answer.text
    assert "No visitor of yours" in desk.post("/o/acme/find/", {"wanted": "nobody@tents.example"}).text
    assert desk.post("/o/acme/find/", {"wanted": "vera"}).status_code == 422
    assert desk.get("/o/acme/find/?wanted=vera@tents.example").status_code == 405


def test_mallorys_pages_answer_as_if_there_were_nothing(sign_in, mallory, desk, talk):
    desk.post(url(talk), FORM)
    theirs = sign_in(Client(headers={"Host": settings.SITE_HOST}), mallory)

    assert theirs.get(url(talk, "globex")).status_code == theirs.get(url(talk)).status_code == 404
    assert theirs.post(url(talk, "globex"), FORM).status_code == 404
    assert "No visitor of yours" in theirs.post("/o/globex/find/", {"wanted": "vera@tents.example"}).text


def test_who_may_only_read_sees_the_details_and_no_form(sign_in, acme, olive, ada, known, now):
    cora = make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)
    reader = sign_in(Client(headers={"Host": settings.SITE_HOST}), cora)

    page = reader.get(url(known)).text

    assert ("Vera Visser" in page, "<textarea" in page, 'name="email"' in page) == (True, False, False)
    assert reader.post(url(known), FORM).status_code == 403
