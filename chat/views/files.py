"""Files of a conversation: sent by a visitor or a member, listed, and handed over on an origin of their own.

A file comes as the body of a request: a line of JSON, `{"client_id": …, "name": …, "conversation": …}`, the last of
visitors alone, and then the file itself. So its name is in no address and in no header that somebody might write down.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from chat import file_disclosure, selectors
from chat.actions import attachments, limits
from chat.actions.attachments import AttachmentNotFoundError, Upload
from chat.actions.failures import as_command_error
from chat.delivery.sealed import ConversationNotFoundError
from chat.file_disclosure import HandedOver, NotHandedOverError
from chat.files.kinds import FileRefusedError
from chat.files.passes import BadFilePassError, FilePass
from chat.files.rules import MOST_BYTES, REASONS
from chat.files.sealed import UnreadableFileError
from chat.files.store import StoreAwayError
from chat.models import AuthorKind
from chat.views import widget
from chat.views.answers import STATUSES
from chat.views.file_links import files_for_member
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, client_address
from helpdesk.core.patience import AWAY
from helpdesk.core.ratelimit import Limit
from tenants.http import MemberRequest, member_required
from tenants.keyring.ring import KeyUnavailableError
from tenants.kms.protocol import KeyProviderError
from tenants.models import Tenant, TenantStatus
from tenants.permissions import NotPermittedError
from tenants.roles import Capability
from tenants.scoping import tenant_scope

MAX_LINE_BYTES: Final = 16 * 1024
SENT: Final = Limit("chat.file", burst=10, per_s=1 / 6)
SENT_BY_ADDRESS: Final = Limit("chat.file_by_address", burst=30, per_s=1 / 2)
HANDED_OVER_BY_ADDRESS: Final = Limit("chat.file_handed_over", burst=120, per_s=4)

STATUS_OF: Final = {"size": HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "kind": HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
#: What an answer that holds a file may do in a browser: nothing, wherever it is opened.
HARMLESS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-site",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


class BadUploadError(Exception):
    """The body is none of what a file comes as."""


# Exempt from the token check for the same reason as the widget's session, and behind the same gate.
@csrf_exempt
@require_POST
@sensitive_variables()
def send(request: HttpRequest, widget_key: str) -> HttpResponse:
    """A visitor's file, for the conversation they are in."""
    if not widget.is_same_origin(request):
        return _told("not_allowed", HTTPStatus.FORBIDDEN)

    def post() -> int:
        limits.slow_down(SENT_BY_ADDRESS, bucket(client_address(request)), None)
        visitor = widget.sender_of(request, widget_key)
        limits.slow_down(SENT, visitor.token_hash.hex(), visitor.tenant_id)
        sent = attachments.post_visitor_file(visitor=visitor, upload=_upload(request), now=clock.now())
        return sent.sequence_for(AuthorKind.VISITOR)

    return _answered(post)


@require_http_methods(["GET", "POST"])
@member_required(Capability.READ_CONVERSATIONS, scoped=False)
@sensitive_variables()
def files(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The files of a conversation, for its page; or one more, of a member's."""
    if request.method == "POST":

        def post() -> int:
            limits.slow_down(SENT, str(request.membership.id), request.tenant.id)
            return attachments.post_member_file(
                membership=request.membership, conversation_id=conversation_id, upload=_upload(request), now=clock.now()
            ).sequence

        return _answered(post)
    with tenant_scope(request.tenant):
        if selectors.conversation(conversation_id) is None:
            raise Http404
        return _no_store(JsonResponse({"files": files_for_member(request, conversation_id, now=clock.now())}))


@require_POST
@member_required(Capability.ANSWER_CONVERSATIONS)
def remove(request: MemberRequest, conversation_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Take a file out of the conversation for good."""
    try:
        attachments.remove_file(
            attachment_id=attachment_id, conversation_id=conversation_id, actor=request.membership, now=clock.now()
        )
    except (AttachmentNotFoundError, ConversationNotFoundError):
        raise Http404 from None
    except NotPermittedError:
        raise PermissionDenied from None
    except StoreAwayError:
        return _told("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


# Exempt from the token check: no cookie is read here, and what is shown is a pass.
@csrf_exempt
@require_POST
@sensitive_variables()
def hand_over(request: HttpRequest) -> HttpResponse:
    """Hand a file over to a script of ours that shows a pass for it."""
    if request.headers.get("Origin") != settings.SITE_ORIGIN:
        return _told("not_allowed", HTTPStatus.FORBIDDEN)
    response = _handed_over(request)
    response["Access-Control-Allow-Origin"] = settings.SITE_ORIGIN
    response["Vary"] = "Origin"
    return response


def _handed_over(request: HttpRequest) -> HttpResponse:
    try:
        if HANDED_OVER_BY_ADDRESS.wait_s(bucket(client_address(request))) > 0:
            return _told("too_fast", HTTPStatus.TOO_MANY_REQUESTS)
        file = _opened(FilePass.of(request.POST.get("pass", ""), now=clock.now()))
    except (BadFilePassError, NotHandedOverError, NotPermittedError):
        return _told("not_found", HTTPStatus.NOT_FOUND)
    except (UnreadableFileError, KeyUnavailableError):
        return _told("damaged", HTTPStatus.GONE)
    except (*AWAY, StoreAwayError, KeyProviderError):
        return _told("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
    response = HttpResponse(file.content, content_type=file.kind.media_type, headers=dict(HARMLESS))
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name) or "attachment"
    return response


def _opened(shown: FilePass) -> HandedOver:
    if not Tenant.objects.filter(id=shown.tenant_id, status=TenantStatus.ACTIVE).exists():
        raise NotHandedOverError
    with tenant_scope(shown.tenant_id):
        return file_disclosure.handed_over(shown, now=clock.now())


def _answered(post: Callable[[], int]) -> HttpResponse:
    """Answer with the number of the message that carries a file, or with why it was not taken."""
    try:
        return _no_store(JsonResponse({"sequence": post()}))
    except FileRefusedError as refused:
        return _told(refused.why, STATUS_OF.get(refused.why, HTTPStatus.UNPROCESSABLE_ENTITY))
    except BadUploadError:
        return _told("bad_frame", HTTPStatus.BAD_REQUEST)
    except StoreAwayError:
        return _told("unavailable", HTTPStatus.SERVICE_UNAVAILABLE)
    except Exception as error:  # noqa: BLE001 (whatever it is, the answer is one of the protocol's)
        failed = as_command_error(error)
        return _told(str(failed.code), STATUSES.get(failed.code, HTTPStatus.BAD_REQUEST))


def _upload(request: HttpRequest) -> Upload:
    """Read a file with the line before it; no more of it than any organisation takes."""
    line = request.readline(MAX_LINE_BYTES)
    try:
        told = json.loads(line)
        client_id, name = UUID(str(told["client_id"])), str(told["name"])
        conversation_id = UUID(str(told["conversation"])) if told.get("conversation") else None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadUploadError from None
    content = request.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise FileRefusedError("size")
    return Upload(client_id, name, content, conversation_id)


def _told(code: str, status: HTTPStatus) -> HttpResponse:
    return _no_store(JsonResponse({"error": code, "text": REASONS.get(code, "")}, status=status))


def _no_store(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
