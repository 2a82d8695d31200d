"""Messages of several organisations in one transaction: numbered, fenced, and each answered for itself."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from chat.actions import messages
from chat.actions.conversations import resolve_conversation
from chat.actions.visitors import block_visitor
from chat.delivery import statement
from chat.delivery.sealed import (
    ConversationNotFoundError,
    ConversationResolvedError,
    Draft,
    VisitorBlockedError,
    VisitorGoneError,
)
from chat.models import Conversation, Finding, Message, MessageKind, VisitorSession
from compliance import rule_sets
from compliance.models import AuditEntry
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.chat.committing.conftest import begin, sealed, stored, together

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_comes_during_a_commit_goes_together_in_the_next(acme, globex, now):
    asked = [begin(acme, now), begin(acme, now), begin(globex, now)]
    posted = [sealed(asked[number % 3], f"Message {number}", now=now) for number in range(30)]

    committed, group = together(lambda group: [group.commit(each) for each in posted])

    assert len(group.transactions) == 1
    assert [len(each["ids"]) for each in group.transactions[0]] in ([20, 10], [10, 20])
    for place in range(3):
        assert [each.sequence for each in committed[place::3]] == list(range(1, 11))
        assert [each.public_sequence for each in committed[place::3]] == list(range(1, 11))
    assert {message.id for message in stored(acme)} == {each.id for each in posted if each.draft.tenant_id == acme.id}
    assert len(stored(globex)) == 10


def test_a_batch_has_an_end_and_what_is_left_goes_in_the_next(acme, now):
    asked = begin(acme, now)
    posted = [sealed(asked, "Hello", now=now) for _ in range(150)]

    committed, group = together(lambda group: [group.commit(each) for each in posted])

    assert [len(batch[0]["ids"]) for batch in group.transactions] == [128, 22]
    assert [each.sequence for each in committed] == list(range(1, 151))


def test_a_repeat_is_stored_once_in_a_batch_and_after_it(acme, now):
    asked, client_id = begin(acme, now), uuid4()
    twice = [sealed(asked, "Once", now=now, client_id=client_id) for _ in range(2)]

    async def later(group):
        await asyncio.sleep(0)
        return await group.commit(sealed_later)

    sealed_later = sealed(asked, "Once", now=now, client_id=client_id)
    committed, _ = together(lambda group: [*(group.commit(each) for each in twice), later(group)])

    assert [each.sequence for each in committed] == [1, 1, 1]
    assert [each.repeated for each in committed] == [False, True, True]
    assert {each.entry.body for each in committed} == {twice[0].body}
    assert len(stored(acme)) == 1


def test_each_is_refused_for_itself(acme, globex, ada, now):
    open_one, resolved, blocked = begin(acme, now), begin(acme, now), begin(acme, now)
    with tenant_scope(acme):
        resolve_conversation(conversation_id=resolved[0].id, actor=ada, now=now)
        block_visitor(conversation_id=blocked[0].id, actor=ada, now=now)
    foreign = (begin(globex, now)[0], open_one[1])
    posted = [sealed(asked, now=now) for asked in (open_one, resolved, blocked)]
    astray = Draft(acme.id, foreign[0].id, open_one[1].contact_id, "public", "visitor", uuid4(), uuid4(), now)
    posted += [
        messages._sealed(astray, "Hello", rule_sets.current(astray.tenant_id)),
        sealed(resolved, now=now, member=ada, kind=MessageKind.NOTE),
    ]

    committed, _ = together(lambda group: [group.commit(each) for each in posted])

    assert committed[0].sequence == 1
    assert [type(each) for each in committed[1:4]] == [
        ConversationResolvedError, VisitorBlockedError, ConversationNotFoundError,
    ]  # fmt: skip
    assert (committed[4].sequence, committed[4].public_sequence) == (1, None)
    assert len(stored(acme)) == 2
    assert stored(globex) == []


def test_a_visitor_whose_session_has_ended_is_not_heard_any_more(acme, globex, now):
    here, ended, elsewhere = begin(acme, now), begin(acme, now), begin(globex, now)
    said, client_id = sealed(ended, "Before", now=now), uuid4()
    together(lambda group: [group.commit(said)])
    with tenant_scope(acme):
        VisitorSession.objects.filter(id=ended[1].session_id).update(expires_at=now - timedelta(seconds=1))
    Tenant.objects.filter(id=globex.id).update(status="suspended")
    posted = [sealed(asked, "After", now=now, client_id=client_id) for asked in (here, ended, elsewhere)]

    committed, _ = together(lambda group: [group.commit(each) for each in (*posted, said)])

    assert committed[0].sequence == 1
    assert [type(each) for each in committed[1:]] == [VisitorGoneError] * 3
    assert {message.id for message in stored(acme)} == {posted[0].id, said.id}
    assert stored(globex) == []


def test_what_was_found_and_that_a_card_was_caught_go_into_the_same_transaction(acme, now):
    asked = begin(acme, now)
    posted = [sealed(asked, "my card is 4111 1111 1111 1111", now=now), sealed(asked, "thanks", now=now)]

    committed, group = together(lambda group: [group.commit(each) for each in posted])

    assert len(group.transactions) == 1
    with tenant_scope(acme):
        finding = Finding.objects.get()
        entry = AuditEntry.objects.get(event="masking.card_caught")
    assert (finding.message_id, finding.entity, finding.last_four) == (posted[0].id, "CARD", "1111")
    assert (entry.object_id, entry.facts["count"], entry.actor_kind) == (posted[0].id, 1, "visitor")
    assert committed[0].entry.findings == (("CARD", finding.start, finding.end),)


def test_a_repeat_leaves_neither_findings_nor_an_entry(acme, now):
    asked, client_id = begin(acme, now), uuid4()
    for _ in range(2):
        posted = sealed(asked, "card 4111 1111 1111 1111", now=now, client_id=client_id)
        [committed], _ = together(lambda group, posted=posted: [group.commit(posted)])

    assert committed.repeated
    with tenant_scope(acme):
        assert Finding.objects.count() == 1
        assert AuditEntry.objects.filter(event="masking.card_caught").count() == 1


@pytest.mark.parametrize(
    ("said", "waits_since", "replied_at"),
    [
        ("v1 v2", 1, None),
        ("v1 a2", None, 2),
        ("v1 a2 v3 v4", 3, 2),
        ("a1 n2 v3", 3, 1),
        ("v1 n2", 1, None),
    ],
)
def test_who_waits_is_seen_from_the_order_within_a_batch(acme, ada, now, said, waits_since, replied_at):
    asked = begin(acme, now)
    at = {None: None} | {second: now + timedelta(seconds=second) for second in range(1, 5)}
    posted = [
        sealed(asked, now=at[int(second)], member=None if who == "v" else ada, kind="note" if who == "n" else "public")
        for who, second in said.split()
    ]

    together(lambda group: [group.commit(each) for each in posted])

    with tenant_scope(acme):
        conversation = Conversation.objects.get()
    assert (conversation.waiting_since, conversation.first_reply_at) == (at[waits_since], at[replied_at])
    assert conversation.last_message_at == posted[-1].draft.posted_at
    assert conversation.last_public_sequence == sum(each.draft.kind != "note" for each in posted)


def test_the_statement_fills_every_column():
    for model, sql in ((Message, statement.WAITING), (Finding, statement._FINDINGS)):
        columns = {field.column for field in model._meta.concrete_fields}
        inserted = sql.split(f"INSERT INTO {model._meta.db_table} (", 1)[1].split(")", 1)[0]
        assert {name.strip().strip('"') for name in inserted.split(",")} == columns
