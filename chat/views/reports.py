"""Report that masking missed something in a message, or hid it without need; shown first, then sent."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from chat import disclosure, selectors
from chat.actions import reports
from chat.actions.reports import MessageChangedError, MessageNotFoundError, NothingReportedError, Spot
from chat.disclosure import OneMessage
from chat.models import Conversation, ReportKind
from chat.views.report_forms import ReportForm
from compliance.masking.shapes import KeptShape, kept_of
from compliance.masking_choice.words import entity_name
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability

WRITES: Final = frozenset({"mask", "report"})
CHANGED: Final = "This message was masked further meanwhile. Here it is as it is now."
MASKED: Final = "Reported, and masked in this conversation. Thank you."
REPORTED: Final = "Reported. Thank you: your organisation’s owners look at it."  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Preview:
    """What will be kept of a report."""

    shape: KeptShape
    name: str
    is_miss: bool


@never_cache
@member_required(Capability.ANSWER_CONVERSATIONS)
def report(request: MemberRequest, conversation_id: UUID, sequence: int) -> HttpResponse:
    """Ask what is wrong, show what will be kept, keep it."""
    conversation, opened = _opened(request, conversation_id, sequence)
    if request.method != "POST":
        return _page(request, conversation, opened, ReportForm(message=opened.message))
    form = ReportForm(request.POST, message=opened.message)
    step, version = request.POST.get("step", ""), request.POST.get("version", "")
    # What writes has to name the text it was made for; what only looks need not.
    if version != opened.version and (version or step in WRITES):
        return _again(request, conversation, opened)
    if not form.is_valid():
        return _page(request, conversation, opened, form, status=422)
    if step == "choose":
        return _page(request, conversation, opened, form)
    if step not in WRITES:
        return _page(request, conversation, opened, form, preview=_preview(form, opened))
    return _sent(request, conversation, opened, form, mask_now=step == "mask")


def _sent(
    request: MemberRequest, conversation: Conversation, opened: OneMessage, form: ReportForm, *, mask_now: bool
) -> HttpResponse:
    spot = Spot(conversation.id, opened.message.sequence)
    is_miss = form.cleaned_data["kind"] == ReportKind.MISS
    who: dict[str, Any] = {"actor": request.membership, "now": clock.now()}
    try:
        if is_miss:
            entity = form.cleaned_data["entity"]
            reports.report_miss(
                spot=spot, span=form.span, entity=entity, mask_now=mask_now, version=opened.version, **who
            )
        else:
            reports.report_false_alarm(spot=spot, span=form.span, **who)
    except (MessageChangedError, NothingReportedError):
        return _again(request, conversation, opened)
    except MessageNotFoundError:
        raise Http404 from None
    told = MASKED if is_miss and mask_now else REPORTED
    if "HX-Request" in request.headers:
        return render(request, "chat/agent/_reported.html", {"told": told})
    messages.success(request, told)
    return redirect(selectors.conversation_url(request.tenant.slug, conversation.id))


def _opened(request: MemberRequest, conversation_id: UUID, sequence: int) -> tuple[Conversation, OneMessage]:
    conversation = selectors.conversation(conversation_id)
    if conversation is None:
        raise Http404
    opened = disclosure.one_message(conversation, sequence, request.membership, now=clock.now())
    if opened is None:
        raise Http404
    return conversation, opened


def _preview(form: ReportForm, opened: OneMessage) -> Preview:
    is_miss = form.cleaned_data["kind"] == ReportKind.MISS
    shape = kept_of(opened.message.text, *form.span)
    if is_miss:
        return Preview(shape, entity_name(form.cleaned_data["entity"]), is_miss)
    entity = next(piece.entity for piece in form.pieces if piece.span == form.cleaned_data["hidden"])
    return Preview(KeptShape(shape.before, "", shape.after, shape.words), entity_name(entity), is_miss)


def _again(request: MemberRequest, conversation: Conversation, opened: OneMessage) -> HttpResponse:
    form = ReportForm(message=opened.message)
    return _page(request, conversation, opened, form, status=409, notice=CHANGED)


def _page(
    request: MemberRequest,
    conversation: Conversation,
    opened: OneMessage,
    form: ReportForm,
    *,
    status: int = 200,
    **shown: Any,
) -> HttpResponse:
    url = selectors.conversation_url(request.tenant.slug, conversation.id)
    context = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "inbox",
        "form": form,
        "version": opened.version,
        "marked": {int(number) for number in form["words"].value() or () if str(number).isdecimal()},
        "conversation_url": url,
        "report_url": f"{url}messages/{opened.message.sequence}/report/",
        **shown,
    }
    part = "HX-Request" in request.headers
    template = "chat/agent/_report.html" if part else "chat/agent/report.html"
    return render(request, template, context, status=status)
