"""Data subject requests: the queue, one more, and each with all that was done about it."""

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from chat import archive_doors, contact_disclosure, merging, own_data, search, selectors, small_texts
from chat.actions import request_deciding, request_erasing, subject_requests
from chat.actions.request_effects import EFFECTS
from chat.actions.subject_requests import BadDayError, UnknownContactError
from chat.archive_doors import NoArchiveError
from chat.files.sealed import UnreadableFileError
from chat.forms import BEING_CHECKED
from chat.models import DETAILS, Contact, Conversation
from chat.views.contact import DetailsForm
from chat.views.request_forms import STEP_FORMS, NewRequestForm
from compliance import audit, audit_events, request_queue
from compliance.masking import MaskingError
from compliance.models import RequestKind, RequestRegime, RequestState, RequestStep, SubjectRequest
from compliance.request_notes import note_of_step
from compliance.request_queue import Shown
from compliance.subject_terms import TERMS, term_of
from helpdesk.core import clock, paging
from helpdesk.core.ids import reference
from helpdesk.core.streaming import streamed
from tenants.actors import Actor
from tenants.http import MemberRequest, member_required
from tenants.keyring.blind_index import UnindexableError
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import Membership
from tenants.roles import Capability
from tenants.views.pages import form_page, form_view, posted

handler_required: Final = member_required(Capability.HANDLE_REQUESTS, while_closing=True)
NOBODY: Final = "No visitor of yours has this. Tick the box below to register the request all the same."
SEVERAL: Final = "Several visitors have this: say which. Open one request for each of them."
ADDRESS: Final = "Type a whole e-mail address, or a number with its country code, such as +49 30 901820."


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step as the page shows it."""

    step: RequestStep
    note: str


@require_safe
@handler_required
def queue(request: MemberRequest) -> HttpResponse:
    """List the requests, those that are due first."""
    now = clock.now()
    shown = _chosen(request)
    kind = request.GET.get("kind", "")
    number = paging.number_in(request.GET.get("page", ""))
    page = request_queue.page(shown, kind, request.membership, number=number, now=now)
    counts = request_queue.counts(request.membership, now=now)
    context = {
        **_frame(request),
        "shown": shown,
        "lists": [(each, each.label, counts[each.value]) for each in Shown],
        "kind": kind if kind in RequestKind.values else "",
        "kinds": RequestKind.choices,
        "page": page,
        "query": urlencode({"show": shown.value, "kind": kind if kind in RequestKind.values else ""}),
        "now": now,
    }
    return render(request, "chat/requests/queue.html", context)


@sensitive_post_parameters("wanted", "note")
@form_view
@handler_required
def new_request(request: MemberRequest) -> HttpResponse:
    """Take one down: of the visitor of a conversation that is named in the address, or of whom an address leads to."""
    conversation = _conversation(request)
    form = NewRequestForm(posted(request), is_known=conversation is not None, today=clock.now().date())
    if form.is_valid():
        made = _opened(request, form, conversation)
        if made is not None:
            messages.success(request, f"Registered. An answer is due on {made.due_at:%-d %B %Y}.")
            return redirect("chat:request", slug=request.tenant.slug, request_id=made.id)
    terms = [(regime.label, [TERMS[regime, kind] for kind in RequestKind]) for regime in RequestRegime]
    shown = {**_frame(request), "conversation": conversation, "terms": terms, "kinds": RequestKind.choices}
    return form_page(request, "chat/requests/new.html", form, **shown)


@require_safe
@handler_required
def one_request(request: MemberRequest, request_id: UUID) -> HttpResponse:
    """Show a request with its words and notes, which are opened."""
    return request_page(request, found(request_id))


@require_safe
@handler_required
def certificate(request: MemberRequest, request_id: UUID) -> HttpResponse:
    """Hand over the certificate of an erasure: what its hash in the audit trail is the hash of."""
    one = found(request_id)
    if one.certificate is None:
        raise Http404
    audit.record(Actor.member(request.membership), audit_events.REQUEST_READ, one, at=clock.now(), part="certificate")
    place = request_queue.chain_place(one)
    told = {
        "facts": one.certificate,
        "sha256": one.certificate_sha256,
        "audit": None if place is None else {"position": place.position, "hash": place.hash},
    }
    response = HttpResponse(json.dumps(told, ensure_ascii=False, indent=1), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="erasure-{one.reference}.json"'
    return response


@require_POST
@handler_required
def archive(request: MemberRequest, request_id: UUID) -> HttpResponse:
    """Hand over the archive of a request, in pieces as it is opened."""
    one = found(request_id)
    try:
        made, pieces = archive_doors.handed_over(request_id, request.membership, now=clock.now())
    except (NoArchiveError, KeyUnavailableError, UnreadableFileError):
        messages.error(request, "It is not there any more: its time was over, or the visitor was erased.")
        return redirect("chat:request", slug=request.tenant.slug, request_id=request_id)
    response: Any = StreamingHttpResponse(streamed(request, pieces), content_type="application/zip")
    response["Content-Length"] = str(made.bytes)
    response["Content-Disposition"] = f'attachment; filename="data-{one.reference}.zip"'
    response["Cache-Control"] = "no-store"
    handed: HttpResponse = response
    return handed


@require_safe
@handler_required
def archive_progress(request: MemberRequest, request_id: UUID) -> HttpResponse:
    """Say how far the archive is; loaded again and again while a job is at it."""
    one = found(request_id)
    context = {**_frame(request), "one": one, "archive": archive_doors.archive_of(request_id)}
    return render(request, "chat/requests/_progress.html", context)


def found(request_id: UUID) -> SubjectRequest:
    one = request_queue.one(request_id)
    if one is None:
        raise Http404
    return one


def request_page(
    request: MemberRequest, one: SubjectRequest, bound: dict[str, forms.Form] | None = None, *, status: int = 200
) -> HttpResponse:
    """Show a request; a form that was not taken stands in it as it was filled in."""
    now, member = clock.now(), request.membership
    steps = RequestStep.objects.filter(request=one).select_related("by__user", "to__user").order_by("number")
    shown = [StepShown(step, note_of_step(step, member)) for step in steps]
    words = small_texts.words_of_request(one, member)
    notes = sum(bool(each.note) for each in shown)
    audit.record(Actor.member(member), audit_events.REQUEST_READ, one, at=now, notes=notes, words=bool(words))
    contact = Contact.objects.filter(id=one.contact_id).first() if one.contact_id else None
    latest = selectors.latest_of_contact(contact.id) if contact is not None else None
    term = term_of(one)
    puts_right = one.is_open and one.kind == RequestKind.RECTIFICATION and bool(one.identity) and contact is not None
    context: dict[str, Any] = {
        **_frame(request),
        "one": one,
        "steps": shown,
        "words": words,
        "term": term,
        "lateness": request_queue.lateness(one, now),
        "contact": contact,
        "besides": [reference(each) for each in merging.one_person(contact.id) if each != contact.id]
        if contact
        else [],
        "latest_url": selectors.conversation_url(request.tenant.slug, latest.id) if latest is not None else "",
        "others": request_queue.others_of(one),
        "forms": {name: (bound or {}).get(name) or form(one, now=now) for name, form in STEP_FORMS.items()},
        "details": (bound or {}).get("details") or (_details_form(contact, member) if puts_right and contact else None),
        "in_effect": _in_effect(one, contact),
        "may_extend": bool(term.longer) and one.extended_at is None and not one.is_overdue(now),
        "is_held": one.kind == RequestKind.ERASURE and request_erasing.is_in_the_way(one.contact_id),
        "needs_two": one.is_open and request_deciding.needs_two(one),
        "is_waiting": one.state == RequestState.APPROVAL,
        "is_running": one.state == RequestState.CARRIED_OUT,
        "is_own_decision": one.decided_by_id == member.id,
        "erases": one.kind == RequestKind.ERASURE and contact is not None,
        "archive": archive_doors.archive_of(one.id),
        "hands_out": one.kind in own_data.HANDED_OUT and contact is not None,
        "now": now,
        "place": request_queue.chain_place(one) if one.certificate is not None else None,
    }
    return render(request, "chat/requests/request.html", context, status=status)


def _in_effect(one: SubjectRequest, contact: Contact | None) -> bool:
    """Whether what an answer to it did to the visitor still holds."""
    effect = EFFECTS.get(RequestKind(one.kind))
    return effect is not None and contact is not None and getattr(contact, effect.column) is not None


def _details_form(contact: Contact, member: Membership) -> DetailsForm:
    """What is known of the visitor, to be put right; it is opened, which is recorded."""
    known = contact_disclosure.contact_details(contact, member, now=clock.now())
    seen = "" if contact.details_changed_at is None else contact.details_changed_at.isoformat()
    return DetailsForm(initial={detail: getattr(known, detail) or "" for detail in DETAILS} | {"seen": seen})


def _frame(request: MemberRequest) -> dict[str, Any]:
    return {"organisation": request.tenant, "membership": request.membership, "section": "settings"}


def _chosen(request: MemberRequest) -> Shown:
    wanted = request.GET.get("show", "")
    return Shown(wanted) if wanted in Shown.values else Shown.OPEN


def _conversation(request: MemberRequest) -> Conversation | None:
    named = request.GET.get("conversation", "")
    if not named:
        return None
    try:
        conversation = selectors.conversation(UUID(named))
    except ValueError:
        conversation = None
    if conversation is None:
        raise Http404
    return conversation


def _opened(request: MemberRequest, form: NewRequestForm, conversation: Conversation | None) -> SubjectRequest | None:
    """Register it; or say in the form why not."""
    given = form.cleaned_data
    try:
        contact_id = conversation.contact_id if conversation is not None else _meant(request, form)
        if form.errors:
            return None
        return subject_requests.open_request(
            kind=RequestKind(given["kind"]), regime=RequestRegime(given["regime"]), contact_id=contact_id,
            received_on=given["received_on"], note=given["note"], actor=request.membership, now=clock.now(),
        )  # fmt: skip
    except UnindexableError:
        form.add_error("wanted", ADDRESS)
    except UnknownContactError:
        form.add_error(None, "This visitor has been erased meanwhile.")
    except BadDayError:
        form.add_error("received_on", "Within the last year, and not in the future.")
    except MaskingError:
        form.add_error("note", BEING_CHECKED)
    return None


def _meant(request: MemberRequest, form: NewRequestForm) -> UUID | None:
    """Return whom an address or a number leads to; or say in the form that there is nobody, or more than one.

    Raises:
        UnindexableError: It is neither.
    """
    given = form.cleaned_data
    contacts = search.contacts_by_detail(wanted=given["wanted"], member=request.membership, now=clock.now())
    if len(contacts) == 1:
        only: UUID = contacts[0].id
        return only
    if not contacts:
        if not given["is_unknown"]:
            form.add_error("wanted", NOBODY)
        return None
    form.offer(contacts)
    chosen = next((one.id for one in contacts if str(one.id) == given["contact"]), None)
    if chosen is None:
        form.add_error("contact", SEVERAL)
    return chosen
