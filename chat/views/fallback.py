"""A visitor's chat over HTTP, where WebSockets are blocked: one frame in, the event that a socket would answer out.

The same commands, actions, limits and refusals. What others say is fetched by `conversation.resume`, now and then.
The ids in a frame are declared by its command; they are the visitor's own or they are not there.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from chat import disclosure, privacy_card, selectors, waiting
from chat.actions import beginnings, consent, limits, mailed_links, messages, ratings
from chat.actions.consent import Given
from chat.actions.contacts import BadDetailError, leave_address
from chat.actions.conversations import end_conversation
from chat.actions.failures import as_command_error
from chat.actions.openings import Opening
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import AuthorKind, ConsentEntry
from chat.permissions import Visitor
from chat.protocol.codec import BadFrameError
from chat.protocol.commands import (
    AskEnding,
    AskQueue,
    AskTranscript,
    Command,
    EndConversation,
    GiveConsent,
    GiveContact,
    GiveRating,
    OpenCard,
    PostMessage,
    ResumeConversation,
    StartConversation,
    WithdrawConsent,
    named,
)
from chat.protocol.errors import CommandError, ErrorCode
from chat.protocol.events import (
    ConsentEnded,
    ConsentRecorded,
    ConversationChanged,
    ConversationStarted,
    ErrorReported,
    Event,
    MessageAcknowledged,
)
from chat.protocol.waiting_events import ContactGiven
from chat.views import widget
from chat.views.answers import answer, frame_of, refusal
from chat.views.told import sends_gpc
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, client_address
from tenants.scoping import tenant_scope


# Exempt from the token check for the same reason as the widget's session, and behind the same gate.
@csrf_exempt
@require_POST
@sensitive_variables()
def exchange(request: HttpRequest, widget_key: str) -> HttpResponse:
    """Carry out one frame of a visitor's."""
    if not widget.is_same_origin(request):
        return answer(ErrorReported(code=ErrorCode.NOT_PERMITTED), HTTPStatus.FORBIDDEN)
    client_id: UUID | None = None
    try:
        limits.slow_down(limits.EXCHANGES_BY_ADDRESS, bucket(client_address(request)), None)
        visitor = widget.sender_of(request, widget_key)
        command = frame_of(request, COMMANDS)
        client_id = getattr(command, "client_id", None)
        return answer(_HANDLERS[type(command)](request, visitor, command))
    except BadFrameError as error:
        return refusal(error, error.client_id)
    except Exception as error:  # noqa: BLE001 (whatever it is, the answer is one of the protocol's)
        return refusal(as_command_error(error), client_id)


def _start(request: HttpRequest, visitor: Visitor, command: StartConversation) -> Event:
    limits.slow_down(limits.STARTS_BY_ADDRESS, bucket(client_address(request)), visitor.tenant_id)
    limits.slow_down(limits.STARTS, visitor.token_hash.hex(), visitor.tenant_id)
    begun, _ = beginnings.begin_conversation(
        visitor=visitor,
        client_id=command.client_id,
        now=clock.now(),
        opening=Opening.of(command, gpc=sends_gpc(request), entry=ConsentEntry.HTTP),
    )
    return ConversationStarted(client_id=command.client_id, conversation=begun.id)


def _post(_: HttpRequest, visitor: Visitor, command: PostMessage) -> Event:
    limits.slow_down(limits.MESSAGES, visitor.token_hash.hex(), visitor.tenant_id)
    committed = messages.post_visitor_message(
        visitor=visitor,
        conversation_id=command.conversation,
        client_id=command.client_id,
        text=command.text,
        kind=command.kind,
        now=clock.now(),
    )
    messages.announce(committed)
    return MessageAcknowledged(
        client_id=command.client_id,
        conversation=command.conversation,
        sequence=committed.sequence_for(AuthorKind.VISITOR),
        at=committed.at,
    )


def _resume(_: HttpRequest, visitor: Visitor, command: ResumeConversation) -> Event:
    limits.slow_down(limits.READS, visitor.token_hash.hex(), visitor.tenant_id)
    with tenant_scope(visitor.tenant_id):
        conversation = selectors.conversation(command.conversation)
        if conversation is None or visitor.contact_id is None or conversation.contact_id != visitor.contact_id:
            raise ConversationNotFoundError
        return disclosure.resumed(conversation, visitor, command.after_sequence, now=clock.now())


def _give_consent(request: HttpRequest, visitor: Visitor, command: GiveConsent) -> Event:
    limits.slow_down(limits.CONSENTS, visitor.token_hash.hex(), visitor.tenant_id)
    given = Given(bytes.fromhex(command.notice), command.gpc or sends_gpc(request), ConsentEntry.HTTP)
    consent.give_consent(visitor=visitor, given=given, now=clock.now())
    return ConsentRecorded(notice=command.notice)


def _withdraw_consent(_: HttpRequest, visitor: Visitor, command: WithdrawConsent) -> Event:
    limits.slow_down(limits.CONSENTS, visitor.token_hash.hex(), visitor.tenant_id)
    consent.withdraw_consent(visitor=visitor, now=clock.now())
    return ConsentEnded()


def _open_card(_: HttpRequest, visitor: Visitor, command: OpenCard) -> Event:
    limits.slow_down(limits.CARDS, visitor.token_hash.hex(), visitor.tenant_id)
    return privacy_card.card_of(visitor=visitor, conversation_id=command.conversation)


def _end(_: HttpRequest, visitor: Visitor, command: EndConversation) -> Event:
    limits.slow_down(limits.CARDS, visitor.token_hash.hex(), visitor.tenant_id)
    ended = end_conversation(visitor=visitor, conversation_id=command.conversation, now=clock.now())
    return ConversationChanged.of(ended.id, ended.status)


def _ask_queue(_: HttpRequest, visitor: Visitor, command: AskQueue) -> Event:
    limits.slow_down(limits.QUEUES, visitor.token_hash.hex(), visitor.tenant_id)
    with tenant_scope(visitor.tenant_id):
        conversation = selectors.conversation(command.conversation)
        if conversation is None or visitor.contact_id is None or conversation.contact_id != visitor.contact_id:
            raise ConversationNotFoundError
    return waiting.queue_now(visitor.tenant_id).told(command.conversation)


def _give_contact(_: HttpRequest, visitor: Visitor, command: GiveContact) -> Event:
    limits.slow_down(limits.CONTACTS, visitor.token_hash.hex(), visitor.tenant_id)
    try:
        leave_address(visitor=visitor, email=command.email, now=clock.now())
    except BadDetailError as error:
        raise CommandError(ErrorCode.BAD_FRAME, field=error.detail) from None
    return ContactGiven()


def _ask_ending(_: HttpRequest, visitor: Visitor, command: AskEnding) -> Event:
    limits.slow_down(limits.CARDS, visitor.token_hash.hex(), visitor.tenant_id)
    return ratings.ending_of(visitor=visitor, conversation_id=command.conversation, now=clock.now())


def _rate(_: HttpRequest, visitor: Visitor, command: GiveRating) -> Event:
    limits.slow_down(limits.ENDINGS, visitor.token_hash.hex(), visitor.tenant_id)
    now = clock.now()
    ratings.give_rating(
        visitor=visitor, conversation_id=command.conversation, value=command.value, comment=command.comment, now=now
    )
    return ratings.ending_of(visitor=visitor, conversation_id=command.conversation, now=now)


def _ask_transcript(_: HttpRequest, visitor: Visitor, command: AskTranscript) -> Event:
    limits.slow_down(limits.TRANSCRIPTS, visitor.token_hash.hex(), visitor.tenant_id)
    now = clock.now()
    mailed_links.ask_transcript(visitor=visitor, conversation_id=command.conversation, now=now)
    return ratings.ending_of(visitor=visitor, conversation_id=command.conversation, now=now)


_HANDLERS: Final[Mapping[type[Command], Callable[[HttpRequest, Visitor, Any], Event]]] = {
    StartConversation: _start,
    PostMessage: _post,
    ResumeConversation: _resume,
    GiveConsent: _give_consent,
    WithdrawConsent: _withdraw_consent,
    OpenCard: _open_card,
    EndConversation: _end,
    AskQueue: _ask_queue,
    GiveContact: _give_contact,
    AskEnding: _ask_ending,
    GiveRating: _rate,
    AskTranscript: _ask_transcript,
}
COMMANDS: Final = named(tuple(_HANDLERS))
