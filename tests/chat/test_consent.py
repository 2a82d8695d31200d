"""No message is taken from who has not read, or not agreed to, the notice that is in force; whichever way it comes."""

import asyncio
import json
from dataclasses import replace
from uuid import uuid4

import pytest

from chat import authentication
from chat.actions import consent, erasure, messages
from chat.delivery.committer import ConsentRequiredError, ConversationNotFoundError
from chat.delivery.group import GroupCommitter
from chat.delivery.sealed import SealedMessage
from chat.models import ConsentReceipt, Contact, Conversation, Inbox, Message, VisitorSession
from chat.permissions import Visitor
from compliance import rule_sets, surfaces
from compliance.actions.notices import choose_notice_setting, publish_notice, save_draft
from compliance.ingest import ingest
from compliance.models import AuditEntry, LawRegion, NoticeVersion
from compliance.notices.in_force import notices_of
from helpdesk.core.ids import uuid7
from helpdesk.core.threads import in_thread
from tenants.scoping import tenant_scope
from tests.factories.chats import begin, make_visitor, say
from tests.factories.consent import agreed, ask_visitors, notices_in
from tests.support.peer import Peer, post
from tests.support.without_sockets import Browser

pytestmark = pytest.mark.django_db
OWN = "A text of our own\n\nWe read what you write."


@pytest.fixture
def asking(acme):
    """Acme, which asks its visitors as every new organisation does."""
    ask_visitors(acme)
    return acme


def publish(tenant, actor, now, region=LawRegion.DEFAULT):
    with tenant_scope(tenant):
        save_draft(law=region, language="en", body=OWN, actor=actor, now=now)
        seen = notices_of(tenant).preview(region, "en", OWN).digest
        publish_notice(law=region, language="en", text_hash=seen, actor=actor, now=now)
    rule_sets.forget(tenant.id)


def test_nothing_is_stored_of_who_has_not_agreed(asking, globex, now):
    ask_visitors(globex)
    theirs = replace(agreed(asking), notice=notices_in(globex).of(LawRegion.DEFAULT, "en").digest)

    for given in (None, replace(agreed(asking), notice=b"\x00" * 32), theirs):
        with pytest.raises(ConsentRequiredError):
            begin(asking, now, given)

    with tenant_scope(asking):
        assert not Contact.objects.exists()
        assert not VisitorSession.objects.exists()
        assert not ConsentReceipt.objects.exists()


def test_the_receipt_says_what_was_on_the_screen(asking, now):
    _, visitor = begin(asking, now, agreed(asking, region=LawRegion.GDPR, language="de", gpc=True))

    with tenant_scope(asking):
        receipt = ConsentReceipt.objects.select_related("notice").get()
        assert (receipt.region, receipt.language, receipt.agreed, receipt.gpc) == ("gdpr", "de", True, True)
        assert (receipt.entry, receipt.given_at, receipt.withdrawn_at) == ("socket", now, None)
        assert (receipt.contact_id, receipt.session_id) == (visitor.contact_id, visitor.session_id)
        assert bytes(receipt.text_hash) == bytes(receipt.notice.text_hash)
        assert receipt.notice.text.startswith("Bevor Sie Acme schreiben")


@pytest.mark.parametrize("text", ["Hello", "4111 1111"])
def test_a_message_is_refused_once_the_text_has_changed_and_taken_once_it_was_read(asking, olive, now, text):
    """Also one that may be a part of a number, which goes another way."""
    asked = begin(asking, now, agreed(asking))
    say(asked, now, text)
    publish(asking, olive, now)

    with pytest.raises(ConsentRequiredError):
        say(asked, now, text)
    consent.give_consent(visitor=asked[1], given=agreed(asking), now=now)
    say(asked, now, text)

    with tenant_scope(asking):
        assert Message.objects.count() == 2
        assert [receipt.notice.origin for receipt in ConsentReceipt.objects.order_by("given_at", "id")] == [
            "shipped",
            "own",
        ]


def test_another_text_that_changes_asks_nobody_again(asking, olive, now):
    asked = begin(asking, now, agreed(asking))

    publish(asking, olive, now, region=LawRegion.GDPR)

    say(asked, now)


def test_who_takes_back_what_they_agreed_to_is_not_heard_until_they_agree_again(asking, now):
    asked = begin(asking, now, agreed(asking))
    consent.withdraw_consent(visitor=asked[1], now=now)
    consent.withdraw_consent(visitor=asked[1], now=now)

    with pytest.raises(ConsentRequiredError):
        say(asked, now)
    with pytest.raises(ConsentRequiredError):
        begin(asking, now, visitor=asked[1])

    consent.give_consent(visitor=asked[1], given=agreed(asking), now=now)
    say(asked, now)
    with tenant_scope(asking):
        withdrawn = ConsentReceipt.objects.order_by("id").values_list("withdrawn_at", flat=True)
        assert list(withdrawn) == [now, None]
        assert AuditEntry.objects.filter(event="consent.withdrawn").count() == 1


def test_a_repeat_keeps_one_receipt(asking, now):
    _, visitor = begin(asking, now, agreed(asking))

    first, again = (consent.give_consent(visitor=visitor, given=agreed(asking), now=now) for _ in range(2))

    assert first == again
    with tenant_scope(asking):
        assert ConsentReceipt.objects.count() == 1


def test_a_second_conversation_needs_no_second_answer(asking, now):
    _, visitor = begin(asking, now, agreed(asking))

    say(begin(asking, now, visitor=visitor), now)


def test_where_visitors_are_only_told_they_write_without_a_receipt(acme, now):
    asked = begin(acme, now)
    say(asked, now)

    with tenant_scope(acme):
        assert not ConsentReceipt.objects.exists()
        assert VisitorSession.objects.get().notice_hash is None


def test_where_the_law_asks_nobody_to_agree_to_have_read_is_enough(asking, now):
    say(begin(asking, now, agreed(asking, region=LawRegion.US)), now)

    with tenant_scope(asking):
        assert ConsentReceipt.objects.get().agreed is False


def test_the_switch_to_asking_holds_mid_conversation(acme, olive, now):
    asked = begin(acme, now)
    say(asked, now)
    with tenant_scope(acme):
        choose_notice_setting(law=None, other_ways="", consent="everyone", actor=olive, now=now)
    rule_sets.forget(acme.id)

    with pytest.raises(ConsentRequiredError):
        say(asked, now)


def test_nothing_is_kept_of_where_a_visitor_was_whose_browser_asks_for_privacy(acme, now):
    page = {"page": "https://shop.example/lamps", "referrer": "https://search.example/"}
    begin(acme, now, **page)
    begin(acme, now, gpc=True, **page)
    given = replace(agreed(acme), gpc=True)
    begin(acme, now, given, gpc=True, **page)

    with tenant_scope(acme):
        kept = [(one.page is not None, one.referrer is not None) for one in Conversation.objects.order_by("id")]
        assert kept == [(True, True), (False, False), (False, False)]
        assert ConsentReceipt.objects.get().gpc


def test_consent_before_the_first_conversation_is_not_kept(asking, now):
    stranger = make_visitor(asking)

    with pytest.raises(ConversationNotFoundError):
        consent.give_consent(visitor=stranger, given=agreed(asking), now=now)
    with pytest.raises(ConversationNotFoundError):
        consent.withdraw_consent(visitor=stranger, now=now)


def test_a_receipt_of_another_organisation_opens_nothing(asking, globex, now):
    _, visitor = begin(asking, now, agreed(asking))

    with pytest.raises(ConversationNotFoundError):
        consent.give_consent(visitor=replace(visitor, tenant_id=globex.id), given=agreed(globex), now=now)


def test_what_was_sealed_without_asking_is_refused(acme, now):
    """Whoever adds a way in and forgets the notice is refused, also where nobody is asked."""
    conversation, visitor = begin(acme, now)
    draft = messages.visitor_draft(
        visitor=visitor, conversation_id=conversation.id, client_id=uuid7(), kind="public", now=now
    )
    rule_set = rule_sets.current(acme.id)
    masked = ingest("Hello", surface=surfaces.VISITOR_MESSAGE, rule_set=rule_set)
    forgotten = SealedMessage.of(masked, draft, rule_set_number=rule_set.number)

    async def put():
        return await GroupCommitter().commit(forgotten)

    with pytest.raises(ConsentRequiredError):
        messages.committer.commit(forgotten)
    with pytest.raises((ConsentRequiredError, ConversationNotFoundError)):
        asyncio.run(put())


def test_receipts_go_with_the_person_and_the_text_stays(asking, now):
    begin(asking, now, agreed(asking))

    with tenant_scope(asking):
        erasure.erase_all(limit=10)
        erasure.erase_all(limit=10)

        assert not ConsentReceipt.objects.exists()
        assert NoticeVersion.objects.count() == 1


def test_without_a_socket_the_same_is_asked(asking):
    vera = Browser(asking, token="")
    notice = vera.session(timezone="Europe/Vienna", languages=["de-AT", "en"])
    start = {"client_id": str(uuid4()), "page": "https://shop.example/lamps"}

    assert (notice["asks"], notice["given"], notice["language"]) == (True, False, "de")
    assert vera.told("conversation.start", **start)["code"] == "consent_required"
    assert vera.told("conversation.start", **start, consent={"notice": "0" * 64})["code"] == "consent_required"
    begun = vera.told("conversation.start", **start, consent={"notice": notice["hash"]}, headers={"Sec-GPC": "1"})[
        "conversation"
    ]
    post = {"conversation": begun, "text": "Hello"}
    assert vera.told("message.post", client_id=str(uuid4()), **post)["type"] == "message.acknowledged"
    assert vera.session(timezone="Europe/Vienna", languages=["de-AT"])["given"] is True
    assert vera.told("consent.withdraw")["type"] == "consent.ended"
    assert vera.told("message.post", client_id=str(uuid4()), **post)["code"] == "consent_required"
    assert vera.session(timezone="Europe/Vienna", languages=["de-AT"])["given"] is False
    assert vera.told("consent.give", notice=notice["hash"])["type"] == "consent.recorded"
    assert vera.told("message.post", client_id=str(uuid4()), **post)["type"] == "message.acknowledged"

    with tenant_scope(asking):
        receipts = ConsentReceipt.objects.order_by("given_at", "id")
        assert [(one.entry, one.gpc, one.withdrawn_at is None) for one in receipts] == [
            ("http", True, False), ("http", False, True),
        ]  # fmt: skip
        assert Conversation.objects.get().page is None


@pytest.mark.parametrize(
    "said", [[], {"timezone": 7, "languages": "de"}, {"timezone": "x" * 99}, {"languages": [1, "y" * 99]}]
)
def test_what_a_browser_says_that_cannot_be_read_counts_for_nothing(asking, said):
    answer = Browser(asking, token="").ask("session", json.dumps(said))[1]["notice"]

    assert (answer["asks"], answer["language"]) == (True, "en")


@pytest.mark.django_db(transaction=True)
def test_a_socket_asks_too_and_hears_what_is_said_after_the_answer(asking, olive, now):
    with tenant_scope(asking):
        inbox = Inbox.objects.get()
    ticket = authentication.issue_ticket(Visitor(asking.id, inbox.id, uuid4().bytes * 2))
    notice = agreed(asking).notice.hex()

    async def talk():
        async with Peer() as peer:
            await peer.send("session.open", ticket=ticket, conversations=[])
            await peer.expect("session.opened")
            await peer.send("conversation.start", client_id=uuid4())
            refused = [(await peer.expect("error"))["code"]]
            await peer.send("conversation.start", client_id=uuid4(), consent={"notice": notice})
            conversation = (await peer.expect("conversation.started"))["conversation"]
            await post(peer, conversation)
            await peer.expect("message.acknowledged")
            await in_thread(publish, asking, olive, now)
            for text in ("Hello", "4111 1111", "long " * 300):
                await post(peer, conversation, text)
                refused.append((await peer.expect("error"))["code"])
            # The answer and the message behind it, without waiting in between.
            again = (await in_thread(agreed, asking)).notice.hex()
            await peer.send("consent.give", notice=again)
            await post(peer, conversation)
            recorded = await peer.expect("consent.recorded")
            await peer.expect("message.acknowledged")
            await peer.send("consent.withdraw")
            await post(peer, conversation)
            await peer.expect("consent.ended")
            refused.append((await peer.expect("error"))["code"])
            return refused, recorded["notice"] == again

    refused, is_recorded = asyncio.run(talk())

    assert refused == ["consent_required"] * 5
    assert is_recorded
