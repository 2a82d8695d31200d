"""Messages of several organisations in one transaction: numbered, fenced, and each answered for itself."""

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from asgiref.sync import sync_to_async

from chat.actions import messages
from chat.actions.conversations import resolve_conversation, start_conversation
from chat.actions.visitors import block_visitor
from chat.delivery import statement
from chat.delivery.group import GroupCommitter, _Waiting
from chat.delivery.sealed import (
    ConversationNotFoundError,
    ConversationResolvedError,
    Draft,
    VisitorBlockedError,
    VisitorGoneError,
)
from chat.models import AuthorKind, Conversation, Finding, Inbox, Message, MessageKind, VisitorSession
from chat.permissions import Visitor
from compliance import rule_sets
from compliance.models import AuditEntry
from tenants.models import Tenant
from tenants.pipelined import APPLICATION, Pipeline
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)


@asynccontextmanager
async def committing():
    """A committer of this test's own, with what its transactions held."""
    group = GroupCommitter()
    group.transactions = []
    run = Pipeline.run

    async def noted(pipeline, statements):
        group.transactions.append([each.parameters for each in statements])
        return await run(pipeline, statements)

    Pipeline.run = noted
    try:
        yield group
    finally:
        Pipeline.run = run
        group._task.cancel()
        await asyncio.gather(group._task, return_exceptions=True)


def begin(tenant, now):
    with tenant_scope(tenant):
        inbox = Inbox.objects.get()
    visitor = Visitor(tenant.id, inbox.id, uuid4().bytes * 2)
    conversation, visitor = start_conversation(visitor=visitor, client_id=uuid4(), now=now)
    return conversation, visitor


def sealed(asked, text="Hello", *, now, client_id=None, member=None, kind=MessageKind.PUBLIC):
    conversation, visitor = asked
    draft = Draft(
        tenant_id=conversation.tenant_id,
        conversation_id=conversation.id,
        contact_id=visitor.contact_id,
        kind=kind,
        author_kind=AuthorKind.AGENT if member else AuthorKind.VISITOR,
        author_id=member.id if member else visitor.session_id,
        client_id=client_id or uuid4(),
        posted_at=now,
    )
    return messages._sealed(draft, text, rule_sets.current(draft.tenant_id))


def stored(tenant):
    with tenant_scope(tenant):
        return list(Message.objects.order_by("conversation_id", "sequence"))


def together(work):
    """Run the coroutines that `work` makes with a committer of their own; return their results and it."""

    async def run():
        async with committing() as group:
            return await asyncio.gather(*work(group), return_exceptions=True), group

    return asyncio.run(run())


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


def test_a_conversation_held_by_another_keeps_nobody_else_waiting(acme, now):
    held, free = begin(acme, now), begin(acme, now)
    order = []

    async def run():
        async with committing() as group:
            locked, release = asyncio.Event(), asyncio.Event()
            loop = asyncio.get_running_loop()

            def hold():
                with tenant_scope(acme):
                    Conversation.objects.select_for_update().get(id=held[0].id)
                    loop.call_soon_threadsafe(locked.set)
                    asyncio.run_coroutine_threadsafe(release.wait(), loop).result(10)

            async def post(name, asked):
                await group.commit(sealed_of[name])
                order.append(name)

            holding = asyncio.create_task(sync_to_async(hold, thread_sensitive=False)())
            await locked.wait()
            waiting = asyncio.create_task(post("held", held))
            await asyncio.wait_for(post("free", free), 5)
            release.set()
            await asyncio.gather(holding, waiting)

    sealed_of = {"held": sealed(held, now=now), "free": sealed(free, now=now)}
    asyncio.run(run())

    assert order == ["free", "held"]


def test_what_comes_later_never_overtakes_what_goes_on_its_own(acme, now):
    asked = begin(acme, now)
    repeated = sealed(asked, "Once", now=now)
    posted = [sealed(asked, f"Then {number}", now=now) for number in range(3)]
    order = []

    async def run():
        async with committing() as group:
            await group.commit(repeated)
            # On its own, and for as long as that takes.
            group._each_alone([_Waiting(repeated, asyncio.get_running_loop().create_future(), 0.0)])
            for number, each in enumerate(posted):
                group.put(each).add_done_callback(lambda _, number=number: order.append(number))
            await asyncio.gather(*(one.stored for one in group._alone[asked[0].id]))
            await group.commit(sealed(asked, "Last", now=now))

    asyncio.run(run())

    assert order == [0, 1, 2]
    assert [message.id for message in stored(acme)][1:4] == [each.id for each in posted]


def test_a_database_that_is_gone_for_a_moment_is_waited_for_and_the_order_kept(acme, now, monkeypatch):
    asked = begin(acme, now)
    posted = [sealed(asked, f"Message {number}", now=now) for number in range(5)]
    run, failures = Pipeline.run, iter([psycopg.OperationalError("gone"), psycopg.errors.CannotConnectNow("starting")])

    async def away_twice(pipeline, statements):
        if (failure := next(failures, None)) is not None:
            raise failure
        return await run(pipeline, statements)

    monkeypatch.setattr(Pipeline, "run", away_twice)
    committed, _ = together(lambda group: [group.commit(each) for each in posted])

    assert [each.sequence for each in committed] == [1, 2, 3, 4, 5]


def test_whoever_waits_for_a_database_too_long_is_told(acme, now, monkeypatch):
    async def away(*_):
        raise psycopg.OperationalError("gone")

    posted = sealed(begin(acme, now), now=now)
    monkeypatch.setattr("chat.delivery.group.PATIENCE_S", 0.05)
    monkeypatch.setattr(Pipeline, "run", away)
    told, _ = together(lambda group: [group.commit(posted)])

    assert isinstance(told[0], psycopg.OperationalError)


def test_one_that_cannot_be_stored_takes_no_other_with_it(acme, now, monkeypatch):
    asked = begin(acme, now)
    posted = [sealed(asked, "Hello", now=now) for _ in range(3)]
    object.__setattr__(posted[1], "rule_set_number", -1)

    committed, _ = together(lambda group: [group.commit(each) for each in posted])

    assert [each.sequence for each in (committed[0], committed[2])] == [1, 2]
    assert "check constraint" in str(committed[1]) or "masked_with" in str(committed[1])
    assert len(stored(acme)) == 2


def test_after_a_lost_connection_the_next_batch_opens_another(acme, now):
    asked = begin(acme, now)
    first, second = sealed(asked, now=now), sealed(asked, now=now)

    async def run():
        async with committing() as group:
            await group.commit(first)
            assert await sync_to_async(_cut)() >= 1
            return await group.commit(second)

    assert asyncio.run(run()).sequence == 2
    assert len(stored(acme)) == 2


def _cut():
    """Cut the pipeline's connection off; return how many there were."""
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = %s",
            [APPLICATION],
        )
        return len(ended.fetchall())


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
