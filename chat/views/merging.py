"""Two visitors who are one person: found by an address, laid side by side, made one, and parted again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from chat import contact_disclosure, merging, search, selectors
from chat.actions import merging as actions
from chat.actions.merging import MergeRefusedError, Refusal
from chat.identity.standing import signed_until
from chat.models import Contact, ContactDetails, ContactMerge, Conversation, VisitorSession
from chat.views.subject_requests import ADDRESS, handler_required
from helpdesk.core import clock
from tenants.http import MemberRequest
from tenants.keyring.blind_index import UnindexableError
from tenants.views.pages import form_page, form_view, posted

#: More are not laid side by side: each is opened, which is recorded.
SHOWN: Final = 5
NOBODY: Final = "No other visitor of yours has this."
MANY: Final = f"More than {SHOWN} visitors have this. Look for something that fewer of them have."
WHICH: Final = "Say which of them is the same person."
SAID: Final = {
    Refusal.ITSELF: "They are one person already.",
    Refusal.GONE: "One of them is not there any more, or they were parted meanwhile.",
    Refusal.ERASING: "One of them is being erased just now.",
    Refusal.MERGED: "One of them is merged into another visitor. Begin at that one.",
    Refusal.KEEPS_OTHERS: "Others are merged into that one. Begin at a conversation of theirs.",
    Refusal.FULL: "So many are merged into this visitor that no more can be.",
    Refusal.TOO_LATE: "The week in which they could be parted is over.",
    Refusal.HELD: "A legal hold covers them. They can be parted once it is released.",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of those who may be the same person, as the page shows them."""

    contact: Contact
    details: ContactDetails
    conversations: int
    last_seen: datetime | None
    signed_until: datetime | None


class SamePersonForm(forms.Form):
    """By what the other is known; and, once they were laid side by side, which of them it is."""

    wanted = forms.CharField(
        label="Their other e-mail address or telephone number", max_length=320,
        help_text="Whole, as it is known in a chat. It is looked for, and kept nowhere.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "dir": "auto"}),
    )  # fmt: skip
    # The view looks whether it is one of those whom the address leads to.
    other = forms.CharField(required=False, max_length=40)


@sensitive_post_parameters("wanted")
@form_view
@handler_required
def same_person(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Look for another visitor and lay them beside this one; say which, and the two are one person from then on."""
    conversation = _found(conversation_id)
    form = SamePersonForm(posted(request))
    others: list[Contact] = []
    if form.is_valid():
        others = _others(request, form, conversation)
        if request.POST.get("step") == "merge" and others and _is_merged(request, form, conversation, others):
            messages.success(request, "They are one person from now on. For a week you can part them again.")
            return redirect(request.path)
    now = clock.now()
    shown: dict[str, Any] = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "inbox",
        "url": selectors.conversation_url(request.tenant.slug, conversation.id),
        "own": _side(conversation.contact, request, now),
        "others": [_side(each, request, now) for each in others],
        "merges": [(merge, now < merge.undo_until) for merge in merging.merges_of(conversation.contact_id)],
        "merged_into": _kept(conversation.contact_id),
    }
    return form_page(request, "chat/agent/same_person.html", form, **shown)


@require_POST
@handler_required
def part(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Let one who was merged be a person of their own again; which, has to be said only where there are several."""
    conversation = _found(conversation_id)
    merges, wanted = merging.merges_of(conversation.contact_id), request.POST.get("merge", "")
    is_clear = not wanted and len(merges) == 1
    merge = next((each for each in merges if is_clear or str(each.id) == wanted), None)
    said = SAID[Refusal.GONE] if merge is None else _parted(request, merge)
    if said:
        messages.error(request, said)
    else:
        messages.success(request, "They are two again.")
    return redirect("chat:merge_contacts", slug=request.tenant.slug, conversation_id=conversation.id)


def _parted(request: MemberRequest, merge: ContactMerge) -> str:
    """Part two; return why not, or nothing."""
    try:
        actions.part_contacts(merge_id=merge.id, actor=request.membership, now=clock.now())
    except MergeRefusedError as refused:
        return SAID[refused.state]
    return ""


def _found(conversation_id: UUID) -> Conversation:
    found = selectors.conversation(conversation_id)
    if found is None:
        raise Http404
    return found


def _others(request: MemberRequest, form: SamePersonForm, conversation: Conversation) -> list[Contact]:
    """Return whom an address or a number leads to besides this person; or say in the form that there is nobody."""
    try:
        found = search.contacts_by_detail(
            wanted=form.cleaned_data["wanted"], member=request.membership, now=clock.now()
        )
    except UnindexableError:
        form.add_error("wanted", ADDRESS)
        return []
    person = merging.one_person(conversation.contact_id)
    others = [one for one in found if one.id not in person]
    if not others:
        form.add_error("wanted", NOBODY)
    if len(others) > SHOWN:
        form.add_error("wanted", MANY)
        return []
    return others


def _is_merged(request: MemberRequest, form: SamePersonForm, conversation: Conversation, others: list[Contact]) -> bool:
    """Make the chosen one and this one the same; or say in the form why not."""
    chosen = next((one for one in others if str(one.id) == form.cleaned_data["other"]), None)
    if chosen is None:
        form.add_error(None, WHICH)
        return False
    try:
        actions.merge_contacts(
            kept_id=conversation.contact_id, merged_id=chosen.id, actor=request.membership, now=clock.now()
        )
    except MergeRefusedError as refused:
        form.add_error(None, SAID[refused.state])
        return False
    return True


def _kept(contact_id: UUID) -> ContactMerge | None:
    """Return the merge by which a contact is part of another's person."""
    return next((merge for merge in merging.merges_of(contact_id) if merge.merged_id == contact_id), None)


def _side(contact: Contact, request: MemberRequest, now: datetime) -> Side:
    """Open what one of them is known by, which is recorded."""
    seen = VisitorSession.objects.filter(contact=contact).aggregate(last=Max("seen_at"))["last"]
    return Side(
        contact=contact,
        details=contact_disclosure.contact_details(contact, request.membership, now=now),
        conversations=Conversation.objects.of_contact(contact.id).begun().count(),
        last_seen=seen,
        signed_until=signed_until(contact.id, now),
    )
