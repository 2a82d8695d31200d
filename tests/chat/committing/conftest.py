"""Conversations of several organisations, and messages sealed for them."""

import asyncio
from contextlib import asynccontextmanager
from uuid import uuid4

from chat.actions import messages
from chat.actions.conversations import start_conversation
from chat.delivery.group import GroupCommitter
from chat.delivery.sealed import Draft
from chat.models import AuthorKind, Inbox, Message, MessageKind
from chat.permissions import Visitor
from compliance import rule_sets
from tenants.pipelined import Pipeline
from tenants.scoping import tenant_scope


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
