"""Canned responses: the list, one to change, and what the composer picks from."""

from typing import Final
from uuid import UUID

from django.contrib import messages as notices
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from chat import selectors, small_texts
from chat.actions import canned_responses
from chat.actions.canned_responses import BadShortcutError, ShortcutTakenError, UnknownCannedResponseError
from chat.forms import BEING_CHECKED, CannedResponseForm
from compliance.masking import MaskingError
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability
from tenants.views.pages import form_page, form_view, posted

LIST: Final = "chat/canned/list.html"
ONE: Final = "chat/canned/one.html"
BAD: Final = "Small letters, digits and hyphens only, a letter first, and at most four digits."
TAKEN: Final = "Another canned response has this short name."

answerer_required = member_required(Capability.ANSWER_CONVERSATIONS)


@sensitive_post_parameters("text")
@form_view
@answerer_required
def canned(request: MemberRequest) -> HttpResponse:
    """All canned responses, and a form for a new one."""
    form = CannedResponseForm(posted(request))
    if form.is_valid():
        try:
            row = canned_responses.create_canned_response(
                actor=request.membership, now=clock.now(), **form.cleaned_data
            )
        except (BadShortcutError, ShortcutTakenError, MaskingError) as error:
            return _refused(request, LIST, form, error)
        notices.success(request, f"Saved as /{row.shortcut}.")
        return redirect("chat:canned", slug=request.tenant.slug)
    return form_page(request, LIST, form, **_listed(request))


@sensitive_post_parameters("text")
@form_view
@answerer_required
def canned_one(request: MemberRequest, canned_response_id: UUID) -> HttpResponse:
    """One canned response, to change."""
    shown = small_texts.canned_response(canned_response_id, request.membership)
    if shown is None:
        raise Http404
    form = CannedResponseForm(posted(request), initial={"shortcut": shown.shortcut, "text": shown.text})
    if form.is_valid():
        try:
            canned_responses.change_canned_response(
                canned_response_id=canned_response_id, actor=request.membership, now=clock.now(), **form.cleaned_data
            )
        except (BadShortcutError, ShortcutTakenError, MaskingError) as error:
            return _refused(request, ONE, form, error, canned=shown)
        notices.success(request, "Saved.")
        return redirect("chat:canned", slug=request.tenant.slug)
    return form_page(request, ONE, form, canned=shown, section="canned")


@require_POST
@answerer_required
def canned_delete(request: MemberRequest, canned_response_id: UUID) -> HttpResponse:
    """Take one away; the list offers it back for a day."""
    try:
        row = canned_responses.delete_canned_response(
            canned_response_id=canned_response_id, actor=request.membership, now=clock.now()
        )
    except UnknownCannedResponseError:
        raise Http404 from None
    notices.success(request, f"/{row.shortcut} was deleted. You can take that back below, for a day.")
    return redirect(reverse("chat:canned", kwargs={"slug": request.tenant.slug}) + "#deleted")


@require_POST
@answerer_required
def canned_restore(request: MemberRequest, canned_response_id: UUID) -> HttpResponse:
    """Bring one back."""
    try:
        row = canned_responses.restore_canned_response(
            canned_response_id=canned_response_id, actor=request.membership, now=clock.now()
        )
    except UnknownCannedResponseError:
        raise Http404 from None
    except ShortcutTakenError:
        notices.error(request, TAKEN)
    else:
        notices.success(request, f"/{row.shortcut} is back.")
    return redirect("chat:canned", slug=request.tenant.slug)


@require_safe
@answerer_required
def canned_picker(request: MemberRequest) -> HttpResponse:
    """What the composer picks from."""
    found = small_texts.canned_responses(request.membership)
    return JsonResponse({"canned": [{"shortcut": one.shortcut, "text": one.text} for one in found]})


def _refused(
    request: MemberRequest, template: str, form: CannedResponseForm, error: Exception, **context: object
) -> HttpResponse:
    """The form again, with what was typed and why it was not kept."""
    if isinstance(error, MaskingError):
        form.add_error(None, BEING_CHECKED)
    else:
        form.add_error("shortcut", TAKEN if isinstance(error, ShortcutTakenError) else BAD)
    shown = {**_listed(request), **context, "form": form}
    return render(request, template, shown, status=503 if isinstance(error, MaskingError) else 422)


def _listed(request: MemberRequest) -> dict[str, object]:
    return {
        "listed": small_texts.canned_responses(request.membership),
        "deleted": selectors.deleted_canned_responses(),
        "section": "canned",
    }
