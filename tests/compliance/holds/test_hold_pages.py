"""Legal holds on screens: placed from a conversation, listed, released, and said where they keep something."""

import pytest
from django.urls import reverse

from chat import privacy_card
from chat.holds import HoldQuery
from chat.permissions import Visitor
from compliance.models import HoldKind, LegalHold
from tenants.scoping import tenant_scope
from tests.compliance.holds.conftest import DAY, ids, place
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


def url(name, slug="acme", **which):
    return reverse(f"chat:{name}", kwargs={"slug": slug, **which})


def test_a_hold_is_placed_from_a_conversation_and_shown_on_it(client, sign_in, acme, olive, ada, now):
    old = store_conversation(acme, at=now)
    browser = sign_in(client, olive, fresh=False)
    page = f"{url('hold_new')}?conversation={old.id}"

    assert page in browser.get(url("conversation", conversation_id=old.id)).text
    assert "Everything of one visitor" in browser.get(page).text
    told = browser.post(page, {"kind": "contact", "reason": "An inquiry"}, follow=True).text

    assert "The hold stands" in told
    assert "An inquiry" in told
    assert "1 conversation<" in told
    shown = sign_in(client, ada).get(url("conversation", conversation_id=old.id)).text
    assert "Legal hold</span>" in shown
    assert "Kept by a legal hold" in shown
    assert "Place a legal hold" not in shown


def test_a_search_is_placed_and_said_in_words(client, sign_in, acme, olive, ada, now):
    told = sign_in(client, olive).post(
        url("hold_new"),
        {"kind": "query", "began_from": "2026-01-31", "member": str(ada.id), "reason": "An inquiry"},
        follow=True,
    )

    assert "Every conversation begun on or after 31 January 2026, held or answered by Ada" in told.text


def test_an_empty_search_or_reason_is_said_in_the_form(client, sign_in, acme, olive):
    answer = sign_in(client, olive).post(url("hold_new"), {"kind": "query", "reason": ""})

    assert answer.status_code == 422
    assert "Say why" in answer.text
    empty = client.post(url("hold_new"), {"kind": "query", "reason": "Why"})
    assert "Say which conversations" in empty.text


def test_two_people_release_on_the_page_and_the_second_with_a_factor(client, sign_in, acme, olive, cora, now):
    hold = place(olive, HoldKind.QUERY, HoldQuery(began_until=now.date()), now)
    steps = {step: url(f"hold_{step}", hold_id=hold.id) for step in ("ask", "decline", "release")}
    browser = sign_in(client, olive)

    assert "Ask for its release" in browser.get(url("holds")).text
    asked = browser.post(steps["ask"], follow=True).text
    assert "Take the question back" in asked
    assert "another of you does" in browser.post(steps["release"], follow=True).text
    second = sign_in(client, cora, fresh=False)
    second.post(steps["release"])
    assert ids(acme, LegalHold)
    with tenant_scope(acme):
        assert LegalHold.objects.get().state == "asked"
    assert "Released" in sign_in(client, cora).post(steps["release"], follow=True).text
    with tenant_scope(acme):
        assert LegalHold.objects.get().state == "released"


def test_others_find_no_page_of_holds(client, sign_in, acme, ada, mallory, now):
    assert sign_in(client, ada).get(url("holds")).status_code == 403
    assert sign_in(client, mallory).get(url("holds")).status_code == 404
    assert sign_in(client, mallory).get(url("hold_new")).status_code == 404


def test_a_conversation_says_when_it_is_deleted(client, sign_in, acme, ada, keep, now):
    old = store_conversation(acme, at=now - 10 * DAY)
    page = url("conversation", conversation_id=old.id)
    browser = sign_in(client, ada)

    assert "Not by itself" in browser.get(page).text
    keep(30)
    assert (now + 20 * DAY).isoformat(timespec="seconds")[:16] in browser.get(page).text


def test_the_visitors_card_says_what_really_holds(acme, olive, keep, now):
    old = store_conversation(acme, at=now - 10 * DAY)
    vera = Visitor(acme.id, old.inbox_id, b"", "", old.started_by_id, old.contact_id)
    keep(30)

    before = privacy_card.card_of(visitor=vera, conversation_id=old.id).kept
    place(olive, HoldKind.CONTACT, old.contact_id, now)
    after = privacy_card.card_of(visitor=vera, conversation_id=old.id).kept

    assert (before.due_at, before.is_held) == (now + 20 * DAY, False)
    assert (after.due_at, after.is_held) == (None, True)
