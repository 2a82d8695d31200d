"""Post a message over HTTP, where sockets are blocked: the same frame, the same answer."""

import json
from typing import Any, Final
from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from chat import selectors
from chat.actions import messages
from chat.actions.failures import as_command_error
from chat.protocol import codec
from chat.protocol.codec import BadFrameError
from chat.protocol.commands import PostMessage
from chat.protocol.errors import CommandError, ErrorCode
from chat.protocol.events import MessageAcknowledged
from chat.views.answers import answer, fields_of, refusal
from helpdesk.core import clock
from helpdesk.core.ids import uuid7
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability

NOTICES: Final = {
    ErrorCode.TOO_LONG: "Not sent: it is too long.",
    ErrorCode.RESOLVED: "Not sent: this conversation is resolved.",
    ErrorCode.NOT_PERMITTED: "Not sent: you may not post here.",
    ErrorCode.HELD_BACK: "Not sent: it asks for what must not be said in a chat, such as card data or a password.",
}


@sensitive_post_parameters("text")
@require_POST
@member_required(Capability.ANSWER_CONVERSATIONS)
def post(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """A member's reply or note."""
    client_id: UUID | None = None
    try:
        command = _command(request, conversation_id)
        client_id = command.client_id
        committed = messages.post_agent_message(
            membership=request.membership,
            conversation_id=conversation_id,
            client_id=client_id,
            text=command.text,
            kind=command.kind,
            insisted=command.insisted,
            now=clock.now(),
        )
    except Exception as error:  # noqa: BLE001 (whatever it is, the answer is one of the protocol's)
        failed = as_command_error(error)
        return _refused(request, conversation_id, failed, client_id)
    messages.announce(committed)
    acknowledged = MessageAcknowledged(
        client_id=client_id, conversation=conversation_id, sequence=committed.sequence, at=committed.at
    )
    return answer(acknowledged) if _wants_json(request) else _back(request, conversation_id)


def _command(request: HttpRequest, conversation_id: UUID) -> PostMessage:
    fields: dict[str, Any] = {"client_id": str(uuid7()), "kind": "public"}
    fields |= _sent(request)
    fields |= {"v": 1, "type": "message.post", "conversation": str(conversation_id)}
    command = codec.parse(json.dumps(fields), {"message.post": PostMessage})
    if not isinstance(command, PostMessage):
        raise BadFrameError(ErrorCode.UNKNOWN_TYPE)
    return command


def _sent(request: HttpRequest) -> dict[str, Any]:
    if request.content_type != "application/json":
        return {
            name: request.POST[name] for name in ("text", "kind", "client_id", "insisted") if request.POST.get(name)
        }
    return fields_of(request)


def _refused(
    request: MemberRequest, conversation_id: UUID, error: CommandError, client_id: UUID | None
) -> HttpResponse:
    if _wants_json(request):
        return refusal(error, client_id)
    notices.error(request, NOTICES.get(error.code, "Not sent. Please try again."))
    return _back(request, conversation_id)


def _back(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    return redirect(selectors.conversation_url(request.tenant.slug, conversation_id))


def _wants_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json" or "application/json" in request.headers.get("Accept", "")
