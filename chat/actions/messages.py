"""Post a message: may I, mask, seal, commit. The unmasked text lives in these frames' variables and nowhere else."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import SynchronousOnlyOperation
from django.views.decorators.debug import sensitive_variables

from chat import broadcast, permissions, selectors
from chat.actions import coaching, split_numbers
from chat.delivery import committer
from chat.delivery.group import Stored, group
from chat.delivery.sealed import Committed, ConversationNotFoundError, Draft, SealedMessage
from chat.models import AuthorKind, MessageKind
from chat.permissions import Visitor
from compliance import rule_sets, surfaces
from compliance.ingest import ingest, ingest_part
from compliance.masking import MaskingError, MaskingPolicy, needs_window
from compliance.rule_sets import RuleSetInForce
from compliance.surfaces import Surface
from helpdesk.core.threads import at_once, in_thread
from tenants.keyring.ahead import have_contact_keys
from tenants.keyring.ring import is_at_hand
from tenants.models import Membership

MASKED_ON_THE_LOOP: Final = 1000


@sensitive_variables()
def post_visitor_message(
    *, visitor: Visitor, conversation_id: UUID, client_id: UUID, text: str, kind: str, now: datetime
) -> Committed:
    """Store what a visitor says, masked and sealed.

    Raises:
        NotPermittedError: A visitor writes no notes.
        ConversationNotFoundError: The conversation is not this visitor's.
        ConversationResolvedError: It takes no more messages.
        VisitorBlockedError: An agent has blocked the visitor.
        ConsentRequiredError: The visitor has no receipt of the notice in force.
        IdentityRequiredError: The site must vouch for visitors, and does not for this one.
        MaskingError: The masker could not finish; nothing is stored.
    """
    draft = visitor_draft(visitor=visitor, conversation_id=conversation_id, client_id=client_id, kind=kind, now=now)
    return _post(draft, text)


@sensitive_variables()
def post_agent_message(
    *,
    membership: Membership,
    conversation_id: UUID,
    client_id: UUID,
    text: str,
    kind: str,
    now: datetime,
    insisted: str = "",
) -> Committed:
    """Store a member's reply or internal note, masked and sealed like any other text.

    Raises:
        NotPermittedError: The member may not answer.
        ConversationNotFoundError: There is no such conversation in the member's organisation.
        ConversationResolvedError: It takes only notes.
        HeldBackError: It asks for what must not be said in a chat.
        MaskingError: The masker could not finish; nothing is stored.
    """
    coaching.hold_back(
        membership=membership, conversation_id=conversation_id, kind=kind, text=text, insisted=insisted, now=now
    )
    contact_id = selectors.contact_of(membership.tenant_id, conversation_id)
    if contact_id is None:
        raise ConversationNotFoundError
    draft = agent_draft(
        membership=membership, conversation_id=conversation_id, contact_id=contact_id, client_id=client_id, kind=kind,
        now=now,
    )  # fmt: skip
    return _post(draft, text)


@sensitive_variables("text")
def begin_at_once(draft: Draft, text: str) -> Stored | None:
    """Do what `begin` does, in this call, if nothing has to be looked up for it and it is quick; None if not.

    Raises:
        MaskingError: The masker could not finish; nothing is stored.
    """
    if len(text) > MASKED_ON_THE_LOOP or needs_window(text):
        return None
    rule_set = rule_sets.at_hand(draft.tenant_id)
    if rule_set is None or not is_at_hand(draft.tenant_id, draft.contact_id):
        return None
    try:
        sealed = _sealed(draft, text, rule_set)
    except SynchronousOnlyOperation:
        return None
    return group().put(sealed)


@sensitive_variables("text")
async def begin(draft: Draft, text: str, *, settled: Callable[[], Awaitable[None]]) -> Stored:
    """Mask and seal a text for a socket, on the loop, and hand it over to be stored together with others' messages.

    What is returned is its answer to be, as `GroupCommitter.put` tells. One socket's texts are stored in the order in
    which they were handed over.

    Args:
        settled: Returns when what the same socket handed over before is stored: a part of a number is masked together
            with what is stored of the author's last messages.

    Raises:
        MaskingError: The masker could not finish; nothing is stored.
        ConversationNotFoundError, ConversationResolvedError, VisitorBlockedError, VisitorGoneError,
            ConsentRequiredError, IdentityRequiredError: Of a part of a number, which is stored when this returns.
    """
    if needs_window(text):
        await settled()
        stored: Stored = asyncio.get_running_loop().create_future()
        stored.set_result(await in_thread(_post, draft, text))
        return stored
    # Looked up first, so that masking and sealing need nothing and happen on the loop.
    rule_set = await rule_sets.acurrent(draft.tenant_id)
    await have_contact_keys(draft.tenant_id, (draft.contact_id,))
    # A long text takes the masker milliseconds, which the other sockets need not wait for.
    sealed = await (in_thread if len(text) > MASKED_ON_THE_LOOP else at_once)(_sealed, draft, text, rule_set)
    return group().put(sealed)


def warm_up() -> None:
    """Mask a text of every kind: the first pass in a process compiles patterns, against the same deadline."""
    everything = (
        "card 4111 1111 1111 1111 exp 09/29 cvv 123, ssn 536-22-8726, born 1 May 1980, "
        "IBAN NL91ABNA0417164300, a@b.example, +31 20 123 4567, four one one one, 4l11"
    )
    rule_set, surface = RuleSetInForce(0, MaskingPolicy.named("all")), surfaces.VISITOR_MESSAGE
    for _ in range(3):
        with suppress(MaskingError):
            ingest(everything, surface=surface, rule_set=rule_set)
            ingest_part("1111 1111", surface=surface, rule_set=rule_set, previous=())


def announce(committed: Committed) -> None:
    """Carry a message that was posted over HTTP to those who follow it; a socket's own process uses the hub."""
    broadcast.message_posted(committed.entry, committed.status)


def visitor_draft(*, visitor: Visitor, conversation_id: UUID, client_id: UUID, kind: str, now: datetime) -> Draft:
    """Return everything of a visitor's message but its text.

    Raises:
        NotPermittedError: A visitor writes no notes.
        ConversationNotFoundError: They have begun none.
    """
    permissions.require_author(visitor, kind)
    if visitor.session_id is None or visitor.contact_id is None:
        raise ConversationNotFoundError
    return Draft(
        tenant_id=visitor.tenant_id,
        conversation_id=conversation_id,
        contact_id=visitor.contact_id,
        kind=MessageKind.PUBLIC,
        author_kind=AuthorKind.VISITOR,
        author_id=visitor.session_id,
        client_id=client_id,
        posted_at=now,
    )


def agent_draft(
    *, membership: Membership, conversation_id: UUID, contact_id: UUID, client_id: UUID, kind: str, now: datetime
) -> Draft:
    """Return everything of a member's reply or note but its text.

    Raises:
        NotPermittedError: The member may not answer.
    """
    permissions.require_author(membership, kind)
    return Draft(
        tenant_id=membership.tenant_id,
        conversation_id=conversation_id,
        contact_id=contact_id,
        kind=MessageKind(kind),
        author_kind=AuthorKind.AGENT,
        author_id=membership.id,
        client_id=client_id,
        posted_at=now,
    )


@sensitive_variables("text")
def _post(draft: Draft, text: str) -> Committed:
    if needs_window(text):
        return split_numbers.post_part(draft, text, _surface_of(draft), rule_sets.current(draft.tenant_id))
    return committer.commit(_sealed(draft, text, rule_sets.current(draft.tenant_id)))


@sensitive_variables("text")
def _sealed(draft: Draft, text: str, rule_set: RuleSetInForce) -> SealedMessage:
    masked = ingest(text, surface=_surface_of(draft), rule_set=rule_set)
    return SealedMessage.of(
        masked, draft, rule_set_number=rule_set.number, accepts=rule_set.accepts, signed_only=rule_set.signed_only
    )


def _surface_of(draft: Draft) -> Surface:
    if draft.author_kind == AuthorKind.VISITOR:
        return surfaces.VISITOR_MESSAGE
    return surfaces.NOTE if draft.kind == MessageKind.NOTE else surfaces.AGENT_MESSAGE
