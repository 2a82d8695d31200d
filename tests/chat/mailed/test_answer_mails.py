"""Who has left is written to: a mail without a word of what was said, now and then, and not for long."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail

from chat.actions import mailed_links
from chat.actions.mailed_links import AWAY, NEWS_FOR, QUIET
from chat.actions.visitors import block_visitor
from chat.models import Conversation, Message
from chat.tasks import mail_every_tenants_links, mail_links
from compliance.models import AuditEntry
from tenants.models import ModeState, Tenant
from tenants.policy_names import LINKS_OFF
from tenants.scoping import tenant_scope
from tests.chat.mailed.conftest import ADDRESS, MINUTE, answered, choose, links, mailed_token, prepare, read_to

pytestmark = pytest.mark.django_db


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
    settings.EMAIL_BACKEND = "tests.chat.mailed.test_answer_mails.Broken"
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
