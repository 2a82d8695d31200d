from uuid import uuid4

import pytest

from helpdesk.core.ratelimit import Limit


def test_a_burst_passes_and_then_the_wait_is_told():
    limit = Limit("tests", burst=3, per_s=0.5)

    waits = [limit.wait_s("203.0.113.5") for _ in range(4)]

    assert waits[:3] == [0, 0, 0]
    assert 1 < waits[3] <= 2


def test_buckets_are_apart_by_key_tenant_and_name():
    acme, globex = uuid4(), uuid4()
    limit = Limit("tests", burst=1, per_s=0.01)

    assert limit.wait_s("a", acme) == 0
    assert limit.wait_s("a", acme) > 0
    assert limit.wait_s("b", acme) == 0
    assert limit.wait_s("a", globex) == 0
    assert Limit("others", burst=1, per_s=0.01).wait_s("a", acme) == 0


def test_valkey_learns_no_key_in_clear(valkey):
    Limit("tests", burst=1, per_s=0.01).wait_s("ada@acme.example")

    # Neither part is hexadecimal throughout: a sum may well have an "ada" in it.
    assert not [key for key in valkey.keys("*") if b"ada@" in key or b"acme" in key]
    assert all(valkey.ttl(key) > 0 for key in valkey.keys("limit:*"))


async def test_coroutines_share_the_buckets_of_views():
    limit = Limit("tests", burst=1, per_s=0.01)

    assert await limit.await_s("k") == 0
    assert await limit.await_s("k") > 0


async def test_without_valkey_nothing_is_let_through(settings):
    import redis

    from helpdesk.core import ratelimit

    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    ratelimit._client.cache_clear()
    try:
        with pytest.raises(redis.RedisError):
            Limit("tests", burst=1, per_s=1).wait_s("k")
    finally:
        ratelimit._client.cache_clear()
