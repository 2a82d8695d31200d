"""The workspace: the inbox, one conversation, and what can be done with it."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from chat import disclosure, permissions, presence, queues, selectors
from chat.actions import assignment, conversations, teams, visitors
from chat.actions.assignment import UnknownAssigneeError, UntrainedAssigneeError
from chat.actions.teams import UnknownTeamError
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import Conversation
from chat.queues import QUEUES, ConversationRow
from chat.teams import of_member as own_teams
from chat.views.contact import panel_context
from chat.views.form_requests import with_vault
from chat.views.pages import conversation_header, conversation_page, page_beside
from helpdesk.core import clock
from tenants import policies
from tenants.http import MemberRequest, member_required
from tenants.permissions import NotPermittedError
from tenants.policy_names import BROWSER_OUTBOX
from tenants.roles import Capability

FIRST_QUEUE: Final = "open"
UNTRAINED: Final = "Their training has lapsed: they can't open chats until it is done."

#: Why a conversation was not given to whom it was meant for.
NOT_GIVEN: Final[Mapping[type[Exception], str]] = {
    UnknownAssigneeError: "There is no such colleague.",
    UnknownTeamError: "There is no such team any more.",
    UntrainedAssigneeError: UNTRAINED,
}

reader_required = member_required(Capability.READ_CONVERSATIONS)


@require_safe
@reader_required
def inbox(request: MemberRequest) -> HttpResponse:
    """A queue, with no conversation open."""
    return with_vault(render(request, "chat/agent/workspace.html", _workspace(request) | {"conversation": None}))


@require_safe
@vary_on_headers("HX-Request")
@reader_required
def conversation(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation: the whole workspace, or the pane alone over htmx."""
    found = _found(request, conversation_id)
    now, context = clock.now(), _context(request)
    if "HX-Request" in request.headers:
        page = conversation_page(found, request.membership, now=now)
        context |= panel_context(request, found, now=now, beside=page) | {"conversation": page}
        return render(request, "chat/agent/_conversation.html", context)
    rows, page = page_beside(queues.rows_in(_queue(request), request.membership), found, request.membership, now=now)
    context |= panel_context(request, found, now=now, beside=page) | _around(request)
    return with_vault(render(request, "chat/agent/workspace.html", context | {"rows": rows, "conversation": page}))


@require_safe
@reader_required
def earlier(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """What was said before the sequence `before`, or last."""
    found = _found(request, conversation_id)
    try:
        before = int(request.GET.get("before", found.last_sequence + 1))
    except ValueError:
        raise Http404 from None
    if not 1 < before <= found.last_sequence + 1:
        raise Http404
    shown = disclosure.transcript(found, request.membership, now=clock.now(), before=before)
    url = selectors.conversation_url(request.tenant.slug, found.id)
    context = {
        "url": url,
        "messages": shown.messages,
        "earlier_than": shown.earlier_than,
        "reports": url if permissions.may_answer(request.membership) else "",
    }
    return render(request, "chat/agent/_transcript.html", context)


@require_safe
@reader_required
def rows(request: MemberRequest) -> HttpResponse:
    """A queue's rows, and how many each queue holds."""
    return render(request, "chat/agent/_rows.html", _workspace(request))


@require_safe
@reader_required
def row(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """One row; not found when the conversation is not in the queue asked for."""
    wanted = queues.row_in(request.GET.get("queue", ""), conversation_id, request.membership)
    if wanted is None:
        raise Http404
    shown = disclosure.with_last_lines([wanted], request.membership, now=clock.now())[0]
    return render(request, "chat/agent/_conversation_row.html", _context(request) | {"row": shown})


Act = Callable[[MemberRequest, UUID], Conversation]


def _verb(capability: Capability) -> Callable[[Act], Callable[..., HttpResponse]]:
    """Make a view of one action on one conversation: answers with its header, or leads back to it."""

    def made(act: Act) -> Callable[..., HttpResponse]:
        @require_POST
        @member_required(capability)
        @wraps(act)
        def view(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
            try:
                changed = act(request, conversation_id)
            except ConversationNotFoundError:
                raise Http404 from None
            except NotPermittedError:
                raise PermissionDenied from None
            except tuple(NOT_GIVEN) as why:
                return HttpResponse(NOT_GIVEN[type(why)], status=422, content_type="text/plain")
            if "HX-Request" not in request.headers:
                return redirect(selectors.conversation_url(request.tenant.slug, changed.id))
            page = conversation_header(_found(request, changed.id), request.membership)
            return render(request, "chat/agent/_conversation_header.html", _context(request) | {"conversation": page})

        return view

    return made


@_verb(Capability.ANSWER_CONVERSATIONS)
def take(request: MemberRequest, conversation_id: UUID) -> Conversation:
    return assignment.take_conversation(**_act(request, conversation_id))


@_verb(Capability.ASSIGN_CONVERSATIONS)
def assign(request: MemberRequest, conversation_id: UUID) -> Conversation:
    try:
        assignee_id = UUID(request.POST.get("assignee", ""))
    except ValueError:
        raise UnknownAssigneeError from None
    return assignment.assign_conversation(assignee_id=assignee_id, **_act(request, conversation_id))


@_verb(Capability.ANSWER_CONVERSATIONS)
def transfer(request: MemberRequest, conversation_id: UUID) -> Conversation:
    try:
        team_id = UUID(given) if (given := request.POST.get("team", "")) else None
    except ValueError:
        raise UnknownTeamError from None
    return teams.transfer_to_team(team_id=team_id, **_act(request, conversation_id))


@_verb(Capability.ANSWER_CONVERSATIONS)
def release(request: MemberRequest, conversation_id: UUID) -> Conversation:
    return assignment.release_conversation(**_act(request, conversation_id))


@_verb(Capability.ANSWER_CONVERSATIONS)
def resolve(request: MemberRequest, conversation_id: UUID) -> Conversation:
    return conversations.resolve_conversation(**_act(request, conversation_id))


@_verb(Capability.ANSWER_CONVERSATIONS)
def reopen(request: MemberRequest, conversation_id: UUID) -> Conversation:
    return conversations.reopen_conversation(**_act(request, conversation_id))


@_verb(Capability.BLOCK_VISITORS)
def block(request: MemberRequest, conversation_id: UUID) -> Conversation:
    return visitors.block_visitor(**_act(request, conversation_id))


@_verb(Capability.BLOCK_VISITORS)
def unblock(request: MemberRequest, conversation_id: UUID) -> Conversation:
    return visitors.unblock_visitor(**_act(request, conversation_id))


def _act(request: MemberRequest, conversation_id: UUID) -> dict[str, Any]:
    return {"conversation_id": conversation_id, "actor": request.membership, "now": clock.now()}


def _found(request: MemberRequest, conversation_id: UUID) -> Conversation:
    """Return a conversation of the organisation; another's is not found, like one that never was."""
    found = selectors.conversation(conversation_id)
    if found is None:
        raise Http404
    if not permissions.may_open(request.membership, found):
        raise PermissionDenied
    return found


def _queue(request: MemberRequest) -> str:
    asked = request.GET.get("queue", FIRST_QUEUE)
    return asked if asked in QUEUES else FIRST_QUEUE


def _context(request: MemberRequest) -> dict[str, Any]:
    return {
        "organisation": request.tenant,
        "membership": request.membership,
        "queue": _queue(request),
        "section": "inbox",
        "outbox": policies.effective(request.tenant, BROWSER_OUTBOX).value,
    }


def _workspace(request: MemberRequest) -> dict[str, Any]:
    listed: list[ConversationRow] = queues.rows_in(_queue(request), request.membership)
    rows = disclosure.with_last_lines(listed, request.membership, now=clock.now())
    return _context(request) | _around(request) | {"rows": rows}


def _around(request: MemberRequest) -> dict[str, Any]:
    """What stands around the rows of a queue."""
    return {
        "counts": queues.counts(request.membership),
        "has_teams": bool(own_teams(request.membership.id)),
        "chosen": presence.chosen_status(request.membership.id) if permissions.may_answer(request.membership) else "",
    }
