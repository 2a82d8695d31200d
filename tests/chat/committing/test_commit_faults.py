"""What is committed together when one waits, cannot be stored, or the database is gone."""

import asyncio
import os

import psycopg
import pytest
from asgiref.sync import sync_to_async

from chat.delivery.group import _Waiting
from chat.models import Conversation
from tenants.pipelined import APPLICATION, Pipeline
from tenants.scoping import tenant_scope
from tests.chat.committing.conftest import begin, committing, sealed, stored, together

pytestmark = pytest.mark.django_db(transaction=True)


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
