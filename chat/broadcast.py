"""Tell every process that a conversation is different, once it is so. Ids, states and sealed envelopes only.

Called inside the action's transaction; what is told goes out after the commit. It goes by the hub's own channels and
not by the channel layer: one connection and one recovery path for all that a socket hears.
"""

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain, groupby
from uuid import UUID

import redis
from django.db import transaction

from chat import groups
from chat.models import Conversation
from chat.protocol import relay
from chat.protocol.relay import (
    AccessNews,
    ConversationNews,
    NoticeNews,
    PostedEntry,
    PresenceNews,
    QueueNews,
    ReadNews,
    Relay,
    TeamsNews,
    Told,
)
from helpdesk.core import valkey

logger = logging.getLogger(__name__)

Addressed = tuple[str, Relay]


def conversation_changed(conversation: Conversation) -> None:
    """Tell the organisation's members, and the visitor, to look at a conversation again."""
    conversations_changed([conversation])


def conversations_changed(conversations: Iterable[Conversation]) -> None:
    """Tell so of several at once: in one round trip, and once of a queue that they are all in."""
    told = (_about(ConversationNews(each.tenant_id, each.id, each.status)) for each in conversations)
    after_commit(list(dict.fromkeys(chain.from_iterable(told))))


def message_posted(entry: PostedEntry, status: str) -> None:
    """Carry a stored message to those who follow it, from a thread; a socket's own process uses the hub instead."""
    after_commit(addressed(entry, status))


def messages_remasked(entries: Iterable[PostedEntry]) -> None:
    """Replace messages on every open screen."""
    replaced: list[Addressed] = [
        (groups.conversation(entry.tenant_id, entry.conversation_id), entry.remasked()) for entry in entries
    ]
    after_commit(replaced)


def addressed(entry: PostedEntry, status: str) -> list[Addressed]:
    """Return what a new message is told as, and where: itself, and news of its conversation to the team."""
    news = ConversationNews(entry.tenant_id, entry.conversation_id, status, said=True)
    return [
        (groups.conversation(entry.tenant_id, entry.conversation_id), entry),
        (groups.team(entry.tenant_id), news),
    ]


def read_moved(news: ReadNews) -> list[Addressed]:
    """Return where it is told that one side has read: to the conversation, and to the team's lists if it was theirs."""
    told: list[Addressed] = [(groups.conversation(news.tenant_id, news.conversation_id), news)]
    if news.side == "team" and news.seen:
        told.append((groups.team(news.tenant_id), news))
    return told


def is_for_lists(told: Told) -> bool:
    """Whether members hear it over the team's channel, whatever they follow."""
    return isinstance(told, ConversationNews) or (isinstance(told, ReadNews) and told.side == "team")


def after_commit(addressed: Sequence[Addressed]) -> None:
    """Publish when the transaction is committed; at once where there is none."""
    transaction.on_commit(partial(_publish, addressed), robust=True)


def _about(news: ConversationNews) -> list[Addressed]:
    return [
        (groups.team(news.tenant_id), news),
        (groups.conversation(news.tenant_id, news.conversation_id), news),
        (groups.presence(news.tenant_id), QueueNews(news.tenant_id)),
    ]


def presence_changed(tenant_id: UUID, membership_id: UUID) -> None:
    """Let a member's colleagues, and visitors, look again who is there, once it is so."""
    after_commit(presence_news(tenant_id, membership_id))


def presence_news(tenant_id: UUID, membership_id: UUID) -> list[Addressed]:
    """Return where it is told that a member has come, gone or chosen another status."""
    news = PresenceNews(tenant_id, membership_id)
    return [(groups.team(tenant_id), news), (groups.presence(tenant_id), news)]


def teams_changed(tenant_id: UUID) -> None:
    """Let the screens of an organisation's members look again who belongs to which team, once it is so."""
    after_commit([(groups.team(tenant_id), TeamsNews(tenant_id))])


def access_changed(tenant_id: UUID) -> None:
    """Let every socket of an organisation's members look again whether they may be here, once it is so."""
    after_commit([(groups.team(tenant_id), AccessNews(tenant_id))])


def notice_changed(tenant_id: UUID) -> None:
    """Let every process that serves visitors look again what they are told, once it is so: at their next message."""
    after_commit([(groups.presence(tenant_id), NoticeNews(tenant_id))])


def _publish(addressed: Sequence[Addressed]) -> None:
    try:
        for host, told in groupby(sorted(addressed, key=_host), key=_host):
            pipeline = valkey.client(host).pipeline(transaction=False)
            for channel, one in told:
                # No process is left out: none has served its own sockets yet.
                pipeline.publish(channel, relay.encode([one]))
            pipeline.execute()
    except redis.RedisError as error:
        # What happened is stored. Screens learn of it by their next heartbeat or when Valkey is back.
        logger.warning("not told", extra={"reason": type(error).__name__, "count": len(addressed)})


def _host(addressed: Addressed) -> str:
    return valkey.message_host(addressed[0])
