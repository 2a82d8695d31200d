"""What a handler does about a data subject request: one step each, by a form of its own or a press."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from chat.actions import request_deciding, request_effects, request_handling
from chat.actions.contacts import BadDetailError, DetailsChangedError
from chat.actions.proofs import AddressUnsureError, ProofUnderWayError
from chat.actions.request_deciding import IdentityOpenError, SamePersonError
from chat.actions.request_handling import NobodyToAskError, NotAHandlerError, NotExtendableError
from chat.actions.subject_requests import (
    BadDayError,
    NoteMissingError,
    OtherStateError,
    RequestClosedError,
    UnknownContactError,
    UnknownRequestError,
)
from chat.delivery.sealed import ConversationResolvedError
from chat.forms import BEING_CHECKED
from chat.models import DETAILS
from chat.views.contact import CHANGED, UNCHECKED, DetailsForm, what_is_wrong
from chat.views.request_forms import STEP_FORMS
from chat.views.subject_requests import found, handler_required, request_page
from compliance.disposal import HeldRecordError
from compliance.masking import MaskingError
from compliance.models import ExtensionReason, Identity, RefusalReason, RequestState, SubjectRequest
from helpdesk.core import clock
from tenants.http import MemberRequest

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Doing:
    """An action, what it takes of the form, and what is said when it is done."""

    act: Callable[..., SubjectRequest]
    told: str
    taken: Callable[[Given], dict[str, Any]] = lambda _: {}


def _note(given: Given) -> dict[str, Any]:
    return {"note": given["note"]}


STEPS: Final[Mapping[str, Doing]] = {
    "ask": Doing(request_handling.ask_identity, "Asked. The visitor proves it on the card in their chat."),
    "know": Doing(
        request_handling.state_identity, "Noted. Work on it can begin.",
        lambda given: {"how": Identity(given["how"]), "note": given["note"]},
    ),
    "assign": Doing(
        request_handling.assign_request, "Handed over.",
        lambda given: {"membership_id": UUID(given["assignee"]) if given["assignee"] else None},
    ),
    "extend": Doing(
        request_handling.extend_request, "The longer term counts from now on.",
        lambda given: {"why": ExtensionReason(given["why"]), "told_on": given["told_on"]},
    ),
    "note": Doing(request_handling.note_request, "Noted.", _note),
    "answer": Doing(request_deciding.answer_request, "", _note),
    "refuse": Doing(
        request_deciding.refuse_request, "",
        lambda given: {"refused_for": RefusalReason(given["refused_for"]), "note": given["note"]},
    ),
    "agree": Doing(request_deciding.agree_to_request, ""),
    "lift": Doing(request_effects.lift, "Lifted, from now on.", _note),
    "send_back": Doing(request_deciding.send_back, "It goes on where it was.", _note),
}  # fmt: skip
#: What was decided, by the state it led to.
DECIDED: Final[Mapping[str, str]] = {
    RequestState.APPROVAL: "Decided. Another of you has to agree; until then nothing leaves and nothing goes.",
    RequestState.CARRIED_OUT: "It is being done. This page says when it is ready.",
    RequestState.ANSWERED: "Answered.",
    RequestState.REFUSED: "Refused, with its reason.",
}
WHY_NOT: Final[Mapping[type[Exception], str]] = {
    RequestClosedError: "It was answered or refused already.",
    OtherStateError: "Somebody was quicker: this is how it stands now.",
    NobodyToAskError: "The visitor has no open conversation to be asked in. State how you checked instead.",
    AddressUnsureError: "The visitor changed the address that is known. Look at it in the conversation first.",
    ProofUnderWayError: "The visitor is asked already.",
    ConversationResolvedError: "Their conversation has just ended. State how you checked instead.",
    NotAHandlerError: "They may not handle requests, or have left.",
    NotExtendableError: "Its law gives no more time, it was given already, or the day is over.",
    BadDayError: "A day between the request and today: they are told before the longer term begins.",
    IdentityOpenError: "Settle first whether whoever asks is the visitor.",
    SamePersonError: "Whoever has decided does not agree to it as well: another of you does.",
    HeldRecordError: "A legal hold keeps something of this visitor, so nothing of them may be erased. Refuse for now, "
    "or have the hold released by two of you first.",
    NoteMissingError: "Say it in a sentence.",
    MaskingError: BEING_CHECKED,
}  # fmt: skip

OF_FORM: Final = frozenset({BadDayError, NoteMissingError, NotAHandlerError})


@sensitive_post_parameters("note")
@require_POST
@handler_required
def take_step(request: MemberRequest, request_id: UUID, step: str) -> HttpResponse:
    """Take one step; or show the request with the form as it was filled in, and why not."""
    doing, form = STEPS[step], None
    given: Given = {}
    if (made := STEP_FORMS.get(step)) is not None:
        form = made(found(request_id), request.POST, now=clock.now())
        if not form.is_valid():
            return _again(request, request_id, step, form)
        given = form.cleaned_data
    try:
        done = doing.act(request_id=request_id, actor=request.membership, now=clock.now(), **doing.taken(given))
    except UnknownRequestError:
        raise Http404 from None
    except tuple(WHY_NOT) as why:
        told = next(WHY_NOT[kind] for kind in type(why).__mro__ if kind in WHY_NOT)
        if form is not None:
            # What has nothing to do with the form is said above the page: the form may not stand there any more.
            if type(why) in OF_FORM:
                form.add_error(None, told)
            else:
                messages.error(request, told)
            status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(why, MaskingError) else HTTPStatus.CONFLICT
            return _again(request, request_id, step, form, status)
        messages.error(request, told)
    else:
        messages.success(request, doing.told or DECIDED[done.state])
    return redirect("chat:request", slug=request.tenant.slug, request_id=request_id)


@sensitive_post_parameters(*DETAILS)
@require_POST
@handler_required
def rectify(request: MemberRequest, request_id: UUID) -> HttpResponse:
    """Put right what is known of the visitor; or show the form as it was filled in, and what is wrong."""
    form = DetailsForm(request.POST)
    if form.is_valid():
        try:
            request_effects.rectify(
                request_id=request_id, given=form.details(), seen=form.seen_at(), actor=request.membership,
                now=clock.now(),
            )  # fmt: skip
        except UnknownRequestError:
            raise Http404 from None
        except BadDetailError as wrong:
            form.add_error(wrong.detail, what_is_wrong(wrong))
        except MaskingError:
            form.add_error(None, UNCHECKED)
        except (DetailsChangedError, UnknownContactError, OtherStateError, RequestClosedError) as why:
            messages.error(request, CHANGED if isinstance(why, DetailsChangedError) else WHY_NOT[OtherStateError])
            return redirect("chat:request", slug=request.tenant.slug, request_id=request_id)
    if form.errors:
        return _again(request, request_id, "details", form)
    messages.success(request, "Saved. Answer the request when all of it is right.")
    return redirect("chat:request", slug=request.tenant.slug, request_id=request_id)


def _again(
    request: MemberRequest, request_id: UUID, step: str, form: forms.Form,
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> HttpResponse:  # fmt: skip
    return request_page(request, found(request_id), {step: form}, status=int(status))
