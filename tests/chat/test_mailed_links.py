"""Who has left is written to: a mail without a word of what was said, a link that asks for a code, and a transcript."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from django.db import connections
from django.test import Client

from chat import authentication, letters
from chat.actions import erasure, link_codes, mailed_links
from chat.actions.link_codes import LinkGoneError, LinkLockedError
from chat.actions.mailed_links import AWAY, NEWS_FOR, QUIET, LinksOffError, NoAddressError, ask_transcript
from chat.actions.visitors import block_visitor
from chat.delivery.sealed import ConversationNotFoundError
from chat.identity import codes
from chat.models import (
    Contact,
    ContactDetails,
    Conversation,
    LinkKind,
    MailedLink,
    Message,
    ReadMark,
    VisitorSession,
)
from chat.models.mailed_link import LINK_COOL_DOWN, LINK_TRIES
from chat.permissions import Visitor
from chat.tasks import mail_every_tenants_links, mail_links
from chat.views.links import LINK_HEADER
from compliance.models import AuditEntry
from helpdesk.core.ratelimit import Limit
from tenants.models import ModeState, PolicyChoice, Tenant
from tenants.policy_names import LINKS_OFF, VISITOR_LINKS
from tenants.scoping import tenant_scope
from tests.chat.conftest import widget_key
from tests.factories.stored import give_details, store_conversation

pytestmark = pytest.mark.django_db
ADDRESS = "vera@mail.example"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _limits_apart(monkeypatch):
    """Each test counts for itself what goes to its one address."""
    name = uuid4().hex
    monkeypatch.setattr(letters, "LINKS_TO_ADDRESS", Limit(f"{name}.links", burst=6, per_s=1 / 7200))
    monkeypatch.setattr(letters, "CODES_TO_ADDRESS", Limit(f"{name}.codes", burst=6, per_s=1 / 900))


def answered(tenant, member, now, *, ago=5 * MINUTE, address=ADDRESS):
    """A conversation whose visitor has left an address, and was answered a while ago."""
    conversation = store_conversation(tenant, ["A secret question", "A secret answer"], at=now - ago, agents=[1])
    if address:
        give_details(conversation, ContactDetails(email=address), member, at=now - ago)
    with tenant_scope(tenant):
        Message.objects.filter(conversation=conversation).update(posted_at=now - ago)
        Conversation.objects.filter(id=conversation.id).update(first_reply_at=now - ago)
    return conversation


@pytest.fixture
def asked(acme, ada, now):
    return answered(acme, ada, now)


def prepare(tenant, *, now):
    return list(mailed_links.prepare(tenant, now=now))


def visitor_of(conversation):
    return Visitor(
        conversation.tenant_id, conversation.inbox_id, b"h" * 32, "", conversation.started_by_id,
        conversation.contact_id,
    )  # fmt: skip


def read_to(tenant, conversation, sequence):
    with tenant_scope(tenant):
        ReadMark.objects.update_or_create(
            tenant=tenant, conversation=conversation, side="visitor",
            defaults={"sequence": sequence, "public_sequence": sequence},
        )  # fmt: skip


def choose(tenant, value, now):
    with tenant_scope(tenant):
        PolicyChoice.objects.create(tenant=tenant, key=VISITOR_LINKS, value=value, changed_at=now)


def links(tenant):
    with tenant_scope(tenant):
        return list(MailedLink.objects.order_by("created_at", "id"))


def mailed_token():
    """The token of the last mail: behind the # of its one link."""
    return re.search(rf"{settings.SITE_URL}/w/[^/]+/link#(\S+)", mail.outbox[-1].body)[1]


def mailed_code():
    return re.search(r"\d{4} \d{4}", mail.outbox[-1].body)[0]


# When a mail is sent ----------------------------------------------------------------------------------------------


def test_an_answer_that_was_not_read_is_announced_without_a_word_of_it(acme, asked):
    mail_links.for_tenant(acme.id).run_here()

    [sent] = mail.outbox
    whole = f"{sent.subject} {sent.body} {sent.alternatives}"
    assert sent.to == [ADDRESS]
    assert "Acme has answered you" in sent.body
    assert "secret" not in whole
    assert str(asked.id) not in whole
    assert "Acme" not in sent.subject
    with tenant_scope(acme):
        assert AuditEntry.objects.get(event="link.mailed").facts == {"kind": "answer"}


def test_the_address_holds_no_token_that_a_server_would_see(acme, asked):
    mail_links.for_tenant(acme.id).run_here()

    [link] = links(acme)
    assert f"/link#{mailed_token()}" in mail.outbox[0].body
    assert mailed_token() not in str(bytes(link.token_hash))


@pytest.mark.parametrize(
    "why", ["read", "too soon", "no address", "blocked", "too old", "switched off", "not answered"]
)
def test_nothing_is_sent_where_there_is_nothing_to_say_or_nobody_to_say_it_to(acme, ada, now, why):
    ago = {"too soon": AWAY - timedelta(seconds=1), "too old": NEWS_FOR + MINUTE}.get(why, 5 * MINUTE)
    conversation = answered(acme, ada, now, ago=ago, address="" if why == "no address" else ADDRESS)
    if why == "read":
        read_to(acme, conversation, 2)
    if why == "switched off":
        choose(acme, LINKS_OFF, now)
    with tenant_scope(acme):
        if why == "blocked":
            block_visitor(conversation_id=conversation.id, actor=ada, now=now)
        if why == "not answered":
            Message.objects.filter(conversation=conversation, sequence=2).update(author_kind="visitor")

    assert prepare(acme, now=now) == []


def test_however_much_is_said_one_mail_is_enough_for_half_an_hour(acme, ada, now, asked):
    first = prepare(acme, now=now)

    def say_more(at):
        with tenant_scope(acme):
            before = Message.objects.filter(conversation=asked).order_by("-sequence").first()
            before.pk, before.client_id, before.posted_at = uuid4(), uuid4(), at
            before.sequence = before.public_sequence = before.sequence + 1
            before.save(force_insert=True)
            Conversation.objects.filter(id=asked.id).update(last_message_at=at)

    say_more(now + MINUTE)
    soon, later = now + QUIET - MINUTE, now + QUIET + MINUTE

    assert len(first) == 1
    assert prepare(acme, now=now) == prepare(acme, now=soon) == []
    assert len(prepare(acme, now=later)) == 1
    # Nothing new since.
    assert prepare(acme, now=later + QUIET + MINUTE) == []


def test_a_visitor_who_came_back_gets_no_mail_of_what_they_have_read(acme, asked, now):
    read_to(acme, asked, 1)
    assert mailed_links.is_any_due(acme.id, now=now)
    read_to(acme, asked, 2)

    assert not mailed_links.is_any_due(acme.id, now=now)


def test_what_the_mail_server_does_not_take_is_sent_by_the_next_run(acme, asked, settings, now):
    settings.EMAIL_BACKEND = "tests.chat.test_mailed_links.Broken"
    # More often than one address is written to: what did not go does not count.
    for _ in range(7):
        mail_links.for_tenant(acme.id).run_here()
    assert links(acme) == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    mail_links.for_tenant(acme.id).run_here()

    assert len(mail.outbox) == 1


class Broken:
    def __init__(self, **_):
        pass

    def send_messages(self, messages):
        raise OSError


def test_one_address_is_not_flooded_whoever_typed_it_where(acme, globex, ada, mallory, now):
    for _ in range(5):
        answered(acme, ada, now)
        answered(globex, mallory, now, address=ADDRESS.upper())

    for tenant in (acme, globex):
        mail_links.for_tenant(tenant.id).run_here()

    assert len(mail.outbox) == 6


def test_a_worker_that_is_ended_leaves_the_others_to_the_next_run(acme, ada, now):
    for _ in range(3):
        answered(acme, ada, now)

    next(mailed_links.prepare(acme, now=now))

    assert len(links(acme)) == 1
    assert len(prepare(acme, now=now)) == 2


def test_the_job_of_everybody_starts_one_where_something_is_due(acme, globex, asked, monkeypatch):
    started = []
    monkeypatch.setattr(mail_links, "apply_async", lambda **options: started.append(options["headers"]))

    mail_every_tenants_links.run()

    assert [list(headers.values()) for headers in started] == [[str(acme.id)]]


@pytest.mark.parametrize(
    ("mode", "chosen", "days"), [("off", None, 7), ("on", None, 3), ("on", "168", 3), ("on", "24", 1)]
)
def test_how_long_a_link_is_good_for_is_chosen_below_the_floor_of_a_mode(acme, ada, now, mode, chosen, days):
    if chosen:
        choose(acme, chosen, now)
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState(mode))
    acme.refresh_from_db()
    answered(acme, ada, now)

    prepare(acme, now=now)

    assert links(acme)[0].expires_at == now + timedelta(days=days)


# The code ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def link(acme, asked, now):
    """A link that was mailed: what it opens, its token."""
    [ready] = prepare(acme, now=now)
    return ready


def code_for(tenant, link, now):
    return link_codes.make_code(tenant_id=tenant.id, token=link.token, now=now)[2]


def try_code(tenant, link, code, now):
    given = {"session_hash": uuid4().bytes * 2, "now": now}
    return link_codes.open_link(tenant_id=tenant.id, token=link.token, code=code, **given)


def test_the_right_code_gives_a_session_of_its_own_and_is_good_once(acme, link, asked, now):
    code = code_for(acme, link, now)

    opened, again = try_code(acme, link, codes.shown(code), now), try_code(acme, link, code, now)

    assert (opened.outcome, again.outcome) == ("opened", "late")
    with tenant_scope(acme):
        assert VisitorSession.objects.filter(contact_id=asked.contact_id).count() == 2
        new = VisitorSession.objects.get(id=opened.link.session_id)
        # Whoever goes on is told, or asked, before they write.
        assert new.notice_hash is None
        assert AuditEntry.objects.filter(event="link.opened").count() == 1


def test_no_code_is_kept_but_a_keyed_hash(acme, link, now):
    code = code_for(acme, link, now)

    [row] = links(acme)
    assert bytes(row.code_hash) == codes.hashed(code, tenant_id=acme.id, request_id=row.id)
    assert code.encode() not in bytes(row.code_hash)


def test_a_code_is_good_for_ten_minutes_and_until_the_next(acme, link, now):
    first, second = code_for(acme, link, now), code_for(acme, link, now)

    assert first == second or try_code(acme, link, first, now).outcome == "wrong"
    assert try_code(acme, link, second, now + codes.CODE_LASTS).outcome == "late"


def test_after_five_wrong_codes_none_is_looked_at_for_a_while_not_even_the_right_one(acme, link, now):
    code = code_for(acme, link, now)
    wrong = f"{(int(code) + 1) % 10**8:08d}"

    tries = [try_code(acme, link, given, now) for given in [wrong, "", "nonsense", "٣" * 8, wrong]]

    assert [(each.outcome, each.left) for each in tries] == [("wrong", left) for left in (4, 3, 2, 1, 0)]
    for attempt in (lambda: try_code(acme, link, code, now), lambda: code_for(acme, link, now)):
        with pytest.raises(LinkLockedError):
            attempt()
    later = now + LINK_COOL_DOWN
    assert try_code(acme, link, code, later).outcome == "late"
    assert try_code(acme, link, code_for(acme, link, later), later).outcome == "opened"
    with tenant_scope(acme):
        assert AuditEntry.objects.filter(event="link.locked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_five_are_looked_at(acme, ada, now):
    answered(acme, ada, now)
    [ready] = prepare(acme, now=now)
    code = code_for(acme, ready, now)

    def guess(number):
        try:
            return try_code(acme, ready, f"{(int(code) + 1 + number) % 10**8:08d}", now).outcome
        except LinkLockedError:
            return "locked"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(guess, range(12)))

    assert outcomes.count("wrong") == LINK_TRIES
    assert outcomes.count("locked") == 12 - LINK_TRIES


@pytest.mark.parametrize(
    "why", ["another organisation", "run out", "erased", "another address", "no address", "never was"]
)
def test_a_link_that_is_good_for_nothing_is_as_one_that_never_was(acme, globex, ada, link, asked, now, why):
    tenant, at, token = acme, now, link.token
    with tenant_scope(acme):
        if why == "erased":
            erasure.erase_all(limit=10)
        if why == "no address":
            Contact.objects.update(email=None, email_token=None)
    if why == "another address":
        give_details(asked, ContactDetails(email="other@mail.example"), ada, at=now)
    if why == "another organisation":
        tenant = globex
    if why == "run out":
        at = now + timedelta(days=7)
    if why == "never was":
        token = "t" * 43

    for attempt in (
        lambda: link_codes.make_code(tenant_id=tenant.id, token=token, now=at),
        lambda: link_codes.open_link(tenant_id=tenant.id, token=token, code="0" * 8, session_hash=b"h" * 32, now=at),
    ):
        with pytest.raises(LinkGoneError):
            attempt()


# The pages --------------------------------------------------------------------------------------------------------


class Reader:
    """A browser with a link."""

    def __init__(self, tenant, token):
        self.key, self.token = widget_key(tenant), token
        self.client = Client(headers={"Host": settings.SITE_HOST})

    def send(self, step, body=None, **headers):
        sent = {"Origin": settings.SITE_ORIGIN, LINK_HEADER: self.token, **headers}
        address = f"/w/{self.key}/link/{step}"
        return self.client.post(address, json.dumps(body or {}), content_type="application/json", headers=sent)

    def open(self):
        self.send("code")
        return self.send("open", {"code": mailed_code()})


def test_a_link_opens_the_chat_in_a_page_of_ours_by_a_code_from_the_mailbox(acme, asked):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())

    page = reader.client.get(f"/w/{reader.key}/link")
    opened = reader.open()
    session = reader.client.post(
        f"/w/{reader.key}/session", "{}", content_type="application/json", headers={"Origin": settings.SITE_ORIGIN},
        secure=True,
    )  # fmt: skip

    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert "secret" not in page.text
    assert mail.outbox[-1].to == [ADDRESS]
    assert opened.json() == {"next": f"/w/{reader.key}/"}
    assert opened.cookies["__Host-hushdesk"]["httponly"]
    assert session.json()["conversation"]["id"] == str(asked.id)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://shop.example"}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403), ({LINK_HEADER: ""}, 404),
        ({LINK_HEADER: "x" * 200}, 404), ({LINK_HEADER: "x" * 43}, 404),
    ],
)  # fmt: skip
def test_another_site_and_another_token_get_nowhere(acme, asked, headers, status):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())

    answers = [reader.send(step, **headers).status_code for step in ("code", "open")]

    assert answers == [status, status]
    assert len(mail.outbox) == 1


def test_wrong_codes_are_told_how_many_more_and_then_to_wait(acme, asked):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())
    reader.send("code")
    wrong = f"{(int(codes.plain(mailed_code())) + 1) % 10**8:08d}"

    answers = [reader.send("open", {"code": wrong}) for _ in range(LINK_TRIES + 1)]

    assert answers[0].status_code == 422
    assert answers[0].json() == {"error": "wrong", "left": 4}
    assert (answers[-1].status_code, answers[-1].json()) == (429, {"error": "locked"})
    assert 0 < int(answers[-1]["Retry-After"]) <= LINK_COOL_DOWN.total_seconds() + 1


@pytest.mark.parametrize("body", ["", "[]", "{", '{"code": 12345678}', "null", '{"code": "' + "1" * 2000 + '"}'])
def test_a_body_that_is_none_of_ours_opens_nothing(acme, asked, body):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())
    reader.send("code")

    answer = reader.client.post(
        f"/w/{reader.key}/link/open", body, content_type="application/json",
        headers={"Origin": settings.SITE_ORIGIN, LINK_HEADER: reader.token},
    )  # fmt: skip

    assert answer.status_code in {404, 422}
    assert "next" not in answer.json()


def test_codes_are_sent_a_few_times_and_then_later(acme, asked):
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())

    statuses = [reader.send("code").status_code for _ in range(4)]

    assert statuses == [200, 200, 200, 429]


# The transcript ---------------------------------------------------------------------------------------------------


def test_a_transcript_is_asked_for_by_its_visitor_once_and_goes_by_the_same_kind_of_link(acme, asked, now):
    read_to(acme, asked, 2)
    for _ in range(2):
        ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)

    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())
    opened = reader.open()
    page = reader.client.get(opened.json()["next"], secure=True)

    assert [one.kind for one in links(acme)] == [LinkKind.TRANSCRIPT]
    assert "transcript of your chat" in mail.outbox[0].body
    assert "secret" not in mail.outbox[0].body
    assert "A secret question" in page.text
    assert "A secret answer" in page.text
    assert page["Cache-Control"] == "no-store"


def test_a_transcript_shows_no_note_and_is_gone_with_its_link(acme, ada, asked, now):
    with tenant_scope(acme):
        Message.objects.filter(conversation=asked, sequence=2).update(kind="note", public_sequence=None)
        Conversation.objects.filter(id=asked.id).update(last_public_sequence=1)
    ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)
    mail_links.for_tenant(acme.id).run_here()
    reader = Reader(acme, mailed_token())
    address = reader.open().json()["next"]

    before = reader.client.get(address, secure=True)
    with tenant_scope(acme):
        MailedLink.objects.update(expires_at=now)
    after = reader.client.get(address, secure=True)

    assert "A secret question" in before.text
    assert "A secret answer" not in before.text
    assert after.status_code == 404


def test_another_browser_of_the_same_visitor_sees_no_transcript_without_a_code(acme, asked, now):
    ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)
    mail_links.for_tenant(acme.id).run_here()
    token = authentication.new_token()
    with tenant_scope(acme):
        VisitorSession.objects.update(token_hash=authentication.token_hash(acme.id, token))
    browser = Client(headers={"Host": settings.SITE_HOST, "X-Hushdesk-Session": token})

    address = f"/w/{widget_key(acme)}/transcript/{asked.id}/"

    assert browser.get(address).status_code == 404
    assert Client(headers={"Host": settings.SITE_HOST}).get(address).status_code == 404


def test_who_may_not_have_a_transcript_is_told_why(acme, ada, now):
    asked, other = answered(acme, ada, now), answered(acme, ada, now, address="")

    def ask(conversation, visitor):
        return ask_transcript(visitor=visitor_of(visitor), conversation_id=conversation.id, now=now)

    with pytest.raises(ConversationNotFoundError):
        ask(asked, other)
    with pytest.raises(NoAddressError):
        ask(other, other)
    choose(acme, LINKS_OFF, now)
    with pytest.raises(LinksOffError):
        ask(asked, asked)


def test_what_waits_to_be_mailed_goes_when_links_are_switched_off_or_the_address_is_another(acme, ada, now):
    first, second = answered(acme, ada, now), answered(acme, ada, now, address="other@mail.example")
    for one in (first, second):
        read_to(acme, one, 2)
        ask_transcript(visitor=visitor_of(one), conversation_id=one.id, now=now)
    give_details(first, ContactDetails(email="new@mail.example"), ada, at=now)

    ready = prepare(acme, now=now)
    ask_transcript(visitor=visitor_of(second), conversation_id=second.id, now=now)
    choose(acme, LINKS_OFF, now)

    assert [one.contact.id for one in ready] == [second.contact_id]
    assert prepare(acme, now=now) == []
    with tenant_scope(acme):
        assert not MailedLink.objects.filter(mailed_at=None).exists()


def test_nothing_goes_where_the_visitor_put_another_address_since_the_conversation_began(acme, ada, asked, now):
    """Whoever sits down at their browser could give one of their own, and be told what was said before."""
    ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)
    with tenant_scope(acme):
        Contact.objects.update(email_replaced_at=now)
    assert prepare(acme, now=now) == []
    with pytest.raises(NoAddressError):
        ask_transcript(visitor=visitor_of(asked), conversation_id=asked.id, now=now)
    with tenant_scope(acme):
        Contact.objects.update(email_replaced_at=now - timedelta(days=1))

    assert [one.kind for one in prepare(acme, now=now)] == [LinkKind.ANSWER]
