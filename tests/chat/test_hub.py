"""What one process tells another, and what becomes of it when the line between them is cut."""

import asyncio
import json
from threading import Event
from uuid import uuid4

import pytest
from django.test import Client

from chat import groups
from chat.delivery import hub as hub_module
from chat.delivery.hub import Hub
from chat.delivery.link import Link, _parsed
from chat.protocol.relay import ConversationNews, TeamNews, TypingNews
from helpdesk.core import draining, valkey

TENANT = uuid4()


class Heard:
    """A socket that keeps what it hears."""

    def __init__(self):
        self.told, self.caught_up, self.shared, self.drained = [], [], [], []

    def hear(self, channel, told, shared):
        self.told.append(told)
        self.shared.append(shared)

    def followed(self):
        return TENANT, {}

    def catch_up(self, known):
        self.caught_up.append(known)

    def drain(self, reconnect_after_ms):
        self.drained.append(reconnect_after_ms)


class Hubs:
    """Two processes' hubs on one loop, each with a listener."""

    async def __aenter__(self):
        self.here, self.there = Hub(), Hub()
        self.heard_here, self.heard_there = Heard(), Heard()
        return self

    async def __aexit__(self, *_):
        await self.here.close()
        await self.there.close()

    async def join(self, *channels):
        for channel in channels:
            await self.here.join(channel, self.heard_here)
            await self.there.join(channel, self.heard_there)


def typing(conversation=None):
    return TypingNews(TENANT, conversation or uuid4(), "agent", uuid4(), True)


async def until(look):
    async with asyncio.timeout(5):
        while not look():
            await asyncio.sleep(0.01)


async def test_a_process_serves_its_own_sockets_once_and_the_others_by_one_publish(valkey):
    channel = groups.conversation(TENANT, uuid4())
    told = [typing() for _ in range(3)]
    async with Hubs() as hubs:
        await hubs.join(channel)
        with valkey.pubsub() as listening:
            listening.subscribe(channel)
            listening.get_message(timeout=2)
            hubs.here.deliver([(channel, one) for one in told])
            assert hubs.heard_here.told == told
            await until(lambda: hubs.heard_there.told == told)
            published = [listening.get_message(timeout=1), listening.get_message(timeout=0.1)]
        await asyncio.sleep(0.05)

    assert hubs.heard_here.told == told
    assert len({id(shared) for shared in hubs.heard_here.shared}) == 3
    assert published[0]["type"] == "message"
    assert published[1] is None


async def test_several_hosts_share_the_channels(settings):
    first = settings.REDIS_URL
    settings.MESSAGE_REDIS_URLS = [first, first + ("&" if "?" in first else "?") + "health_check_interval=9"]
    channels = [groups.conversation(TENANT, uuid4()) for _ in range(24)]
    told = [(channel, typing()) for channel in channels]
    async with Hubs() as hubs:
        await hubs.join(*channels)
        hubs.here.deliver(told)
        await until(lambda: len(hubs.heard_there.told) == len(told))
        links = {host._link for host in hubs.here._hosts.values()}

    assert len(links) == 2
    assert {valkey.message_host(channel) for channel in channels} == set(settings.MESSAGE_REDIS_URLS)


async def test_a_quiet_team_hears_news_at_once_and_a_busy_one_of_all_conversations_together(monkeypatch):
    monkeypatch.setattr(hub_module, "NEWS_EVERY_S", 0.1)
    channel, busy, other = groups.team(TENANT), uuid4(), uuid4()
    statuses = ("open", "open", "open", "resolved")
    first, *later = [ConversationNews(TENANT, busy, status) for status in statuses]
    beside = ConversationNews(TENANT, other, "open")
    async with Hubs() as hubs:
        await hubs.join(channel)
        hubs.here.deliver([(channel, first)])
        assert hubs.heard_here.told == [TeamNews(TENANT, (first,))]
        hubs.here.deliver([(channel, one) for one in (*later, beside)])
        assert len(hubs.heard_here.told) == 1
        for heard in (hubs.heard_here, hubs.heard_there):
            await until(lambda heard=heard: {one for told in heard.told for one in told.news} >= {later[-1], beside})
        await until(lambda: hubs.here._news == hubs.there._news == {})

        assert hubs.heard_here.told[1:] == [TeamNews(TENANT, (later[-1], beside))]
        assert len(hubs.heard_here.told) == 2


@pytest.mark.parametrize(
    ("told", "is_only_said"), [((True, True), True), ((False, True), False), ((True, False), False)]
)
async def test_news_gathered_of_a_conversation_are_only_of_what_was_said_if_all_of_them_are(
    monkeypatch, told, is_only_said
):
    monkeypatch.setattr(hub_module, "NEWS_EVERY_S", 0.02)
    channel, busy = groups.team(TENANT), uuid4()
    async with Hubs() as hubs:
        await hubs.join(channel)
        news = [ConversationNews(TENANT, busy, "open", said=said) for said in (True, *told)]
        hubs.here.deliver([(channel, one) for one in news])
        await until(lambda: len(hubs.heard_here.told) == 2)

    assert hubs.heard_here.told[1].news == (ConversationNews(TENANT, busy, "open", said=is_only_said),)


async def test_a_cut_line_is_opened_again_and_every_socket_on_it_catches_up():
    channel = groups.conversation(TENANT, uuid4())
    async with Hubs() as hubs:
        await hubs.join(channel)
        [host] = hubs.there._hosts.values()
        host._link.close()
        await until(lambda: hubs.heard_there.caught_up)
        told = typing()
        hubs.here.deliver([(channel, told)])
        await until(lambda: hubs.heard_there.told == [told])

    assert hubs.heard_here.caught_up == []


async def test_a_channel_is_left_some_time_after_its_last_socket(monkeypatch, valkey):
    monkeypatch.setattr(hub_module, "LINGER_S", 0.05)
    channel = groups.conversation(TENANT, uuid4())
    async with Hubs() as hubs:
        await hubs.join(channel)
        assert valkey.pubsub_numsub(channel)[0][1] == 2
        hubs.here.leave(channel, hubs.heard_here)
        hubs.there.leave(channel, hubs.heard_there)
        await hubs.there.join(channel, hubs.heard_there)
        await until(lambda: valkey.pubsub_numsub(channel)[0][1] == 1)
        await asyncio.sleep(0.1)

        assert valkey.pubsub_numsub(channel)[0][1] == 1


async def test_what_is_not_ours_on_a_channel_is_passed_over(valkey):
    channel = groups.conversation(TENANT, uuid4())
    async with Hubs() as hubs:
        await hubs.join(channel)
        valkey.publish(channel, b"\xff not ours")
        told = typing()
        hubs.here.deliver([(channel, told)])
        await until(lambda: hubs.heard_there.told)

    assert hubs.heard_there.told == [told]


async def test_a_drained_process_asks_each_client_to_come_back_at_a_time_of_its_own(monkeypatch):
    monkeypatch.setattr(draining, "_begun", Event())
    async with Hubs() as hubs:
        sockets = [Heard() for _ in range(50)]
        hubs.here.sockets.update(sockets)
        hubs.here.drain()

    times = [socket.drained[0] for socket in sockets]
    assert all(10_000 <= time <= 30_000 for time in times)
    assert len(set(times)) > 25
    assert draining.is_draining()


def test_a_drained_process_is_not_ready(monkeypatch):
    begun = Event()
    begun.set()
    monkeypatch.setattr(draining, "_begun", begun)

    answer = Client(headers={"host": "app.localhost"}).get("/readyz")

    assert (answer.status_code, json.loads(answer.content)["draining"]) == (503, True)


ANSWERS = (
    b"%2\r\n$6\r\nserver\r\n$6\r\nvalkey\r\n$5\r\nproto\r\n:3\r\n"
    b">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
    b":1\r\n+PONG\r\n-ERR no\r\n_\r\n"
    b">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\n1\r\n2\n\r\n"
)


@pytest.mark.parametrize("size", [1, 2, 7, len(ANSWERS)])
async def test_what_valkey_says_is_understood_in_pieces_of_any_size(size):
    heard, subscribed = [], []
    link = Link(lambda channel, data: heard.append((channel, data)), subscribed.append)
    for at in range(0, len(ANSWERS), size):
        link.data_received(ANSWERS[at : at + size])

    assert link._greeted.done()
    assert (subscribed, heard) == (["a"], [("a", b"1\r\n2\n")])
    assert _parsed(b"$5\r\nabc", 0)[1] == 0
