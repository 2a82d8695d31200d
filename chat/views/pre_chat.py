"""What the widget asks before the first message."""

from typing import Final
from uuid import UUID

from django.contrib import messages as notices
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from chat import small_texts
from chat.actions import pre_chat
from chat.actions.pre_chat import TooManyQuestionsError, UnknownQuestionError
from chat.forms import BEING_CHECKED, QuestionForm, TypedFieldsForm
from chat.models import Inbox, PreChatKind
from chat.models.pre_chat import MAX_CUSTOM_FIELDS
from compliance.masking import MaskingError
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability

TEMPLATE: Final = "chat/setup/pre_chat.html"

keeper_required = member_required(Capability.MANAGE_WIDGET)


@require_safe
@keeper_required
def pre_chat_fields(request: MemberRequest) -> HttpResponse:
    """What is asked now."""
    return render(request, TEMPLATE, _shown())


@require_POST
@keeper_required
def pre_chat_typed(request: MemberRequest) -> HttpResponse:
    """Choose which of name, e-mail and phone are asked."""
    form = TypedFieldsForm(request.POST)
    if not form.is_valid():
        return render(request, TEMPLATE, _shown() | {"typed": form}, status=422)
    wanted = {kind: form.cleaned_data[kind.value] for kind in pre_chat.TYPED}
    pre_chat.choose_typed_fields(inbox_id=_inbox().id, wanted=wanted, actor=request.membership, now=clock.now())
    notices.success(request, "Saved. Visitors see it from their next visit on.")
    return redirect("chat:pre_chat", slug=request.tenant.slug)


@sensitive_post_parameters("label")
@require_POST
@keeper_required
def pre_chat_add(request: MemberRequest) -> HttpResponse:
    """Ask one more thing."""
    form, status = QuestionForm(request.POST), 422
    if form.is_valid():
        try:
            pre_chat.add_question(inbox_id=_inbox().id, actor=request.membership, now=clock.now(), **form.cleaned_data)
        except TooManyQuestionsError:
            form.add_error(None, f"There can be {MAX_CUSTOM_FIELDS} questions of your own. Remove one first.")
        except MaskingError:
            form.add_error(None, BEING_CHECKED)
            status = 503
        else:
            notices.success(request, "Added. Visitors see it from their next visit on.")
            return redirect("chat:pre_chat", slug=request.tenant.slug)
    return render(request, TEMPLATE, _shown() | {"form": form}, status=status)


@require_POST
@keeper_required
def pre_chat_remove(request: MemberRequest, pre_chat_field_id: UUID) -> HttpResponse:
    """Ask a thing no more."""
    try:
        pre_chat.remove_question(pre_chat_field_id=pre_chat_field_id, actor=request.membership, now=clock.now())
    except UnknownQuestionError:
        raise Http404 from None
    notices.success(request, "Removed. What was answered stays with its conversations.")
    return redirect("chat:pre_chat", slug=request.tenant.slug)


def _inbox() -> Inbox:
    inbox: Inbox = Inbox.objects.earliest("created_at", "id")
    return inbox


def _shown() -> dict[str, object]:
    questions = small_texts.pre_chat_questions(_inbox())
    now_asked = {one.kind: "required" if one.is_required else "optional" for one in questions}
    initial = {kind.value: now_asked.get(kind.value, "off") for kind in pre_chat.TYPED}
    own = [one for one in questions if one.kind == PreChatKind.CUSTOM]
    return {
        "typed": TypedFieldsForm(initial=initial),
        "own": own,
        "is_full": len(own) >= MAX_CUSTOM_FIELDS,
        "form": QuestionForm(),
        "section": "settings",
    }
