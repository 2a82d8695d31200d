"""Arrays written by hand are what PostgreSQL reads, and the pipeline takes them as they are."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tenants.packing import arrays_in
from tenants.pipelined import Pipeline, Statement

pytestmark = pytest.mark.django_db(transaction=True)

SQL = """
SELECT %(ids)s::uuid[], %(texts)s::text[], %(bodies)s::bytea[], %(numbers)s::int[], %(ats)s::timestamptz[],
    %(alone)s::uuid, %(ids)s::uuid[]
"""
INSTANTS = some.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=some.just(UTC))  # noqa: DTZ001
TEXTS = some.text(some.characters(codec="utf-8", exclude_characters="\x00"))
LISTS = some.fixed_dictionaries(
    {
        "ids": some.lists(some.uuids()),
        "texts": some.lists(TEXTS),
        "bodies": some.lists(some.binary()),
        "numbers": some.lists(some.integers(-(2**31), 2**31 - 1)),
        "ats": some.lists(INSTANTS),
    }
)


def asked(*rounds):
    async def run():
        pipeline = Pipeline()
        try:
            return [(await pipeline.run([Statement(uuid4(), SQL, facts)]))[0][0] for facts in rounds]
        finally:
            await pipeline.close()

    return asyncio.run(run())


@settings(max_examples=25, deadline=None)
@given(LISTS)
def test_what_is_written_is_what_postgresql_reads(facts):
    alone = uuid4()

    [row] = asked(facts | {"alone": alone})

    given = [facts[name] for name in ("ids", "texts", "bodies", "numbers", "ats")]
    assert list(row) == [*given, alone, facts["ids"]]


def test_a_statement_is_prepared_once_whatever_its_arrays_hold():
    alone = uuid4()
    empty = {"ids": [], "texts": [], "bodies": [], "numbers": [], "ats": []}
    at = datetime(2026, 7, 5, tzinfo=UTC) + timedelta(microseconds=1)
    full = {"ids": [UUID(int=7)], "texts": ["é"], "bodies": [b"\0"], "numbers": [-1], "ats": [at]}

    async def run():
        pipeline = Pipeline()
        for facts in (empty, full, empty):
            await pipeline.run([Statement(alone, SQL, facts | {"alone": alone})])
        prepared = len(pipeline._prepared)
        await pipeline.close()
        return prepared

    # The setting before it is the other.
    assert asyncio.run(run()) == 2


def test_only_what_is_known_to_be_an_array_is_written_by_hand():
    assert arrays_in("SELECT %(a)s::uuid[], %(b)s::uuid, %(c)s, %(d)s::jsonb[], %(e)s::int[]") == {
        "a": "uuid", "e": "int",
    }  # fmt: skip
