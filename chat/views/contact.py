"""The panel beside a conversation: who the visitor is. And the search for somebody by what they are reached by."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from chat import holds, people, permissions, queues, search, selectors, small_texts
from chat.actions import contacts
from chat.actions.contacts import MAX_LENGTH, BadDetailError, DetailsChangedError
from chat.contact_disclosure import contact_details
from chat.delivery.committer import ConversationNotFoundError
from chat.identity.standing import signed_until
from chat.models import DETAILS, ContactDetails, Conversation
from chat.views.pages import ConversationPage
from compliance.masking import MaskingError
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.keyring.blind_index import UnindexableError
from tenants.permissions import may
from tenants.roles import Capability

reader_required: Final = member_required(Capability.READ_CONVERSATIONS)

WHAT_IS_WRONG: Final = {
    ("email", "malformed"): "This is not a full e-mail address.",
    ("phone", "malformed"): "Write the number with its country code, such as +49 30 901820.",
    ("name", "malformed"): "This holds characters that cannot be shown.",
}
CARD: Final = "This looks like a card number, which is not kept here."
TOO_LONG: Final = "This is too long."
CHANGED: Final = "Somebody changed these details a moment ago. Here is what they are now."
UNCHECKED: Final = "This could not be checked, so nothing was saved. Please try again."


class DetailsForm(forms.Form):
    """Name, e-mail address and telephone number of a contact, any of them empty. The action says what is wrong."""

    name = forms.CharField(required=False, max_length=MAX_LENGTH["name"])
    email = forms.CharField(
        required=False, label="E-mail", widget=forms.TextInput(attrs={"inputmode": "email", "spellcheck": "false"})
    )
    phone = forms.CharField(required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "contact_%s", **kwargs})
        for detail in DETAILS:
            # Of the visitor, not of the agent: the browser's own address book has nothing to offer.
            self.fields[detail].widget.attrs |= {"autocomplete": "off", "dir": "auto"}

    def seen_at(self) -> datetime | None:
        """When the details that the form was filled with were last changed, to the microsecond."""
        return parse_datetime(self.cleaned_data["seen"])

    def details(self) -> ContactDetails:
        return ContactDetails(**{detail: self.cleaned_data[detail] for detail in DETAILS})


@sensitive_post_parameters(*DETAILS)
@require_http_methods(["GET", "POST"])
@reader_required
def panel(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Who the visitor of a conversation is; posted to, their details as they shall be."""
    shown = _found(request, conversation_id)
    if request.method == "GET":
        return _panel(request, shown, None)
    form = DetailsForm(request.POST)
    try:
        is_saved = form.is_valid() and _save(request, conversation_id, form)
    except ConversationNotFoundError:
        raise Http404 from None
    except DetailsChangedError:
        return _panel(request, _found(request, conversation_id), None, alert=CHANGED)
    if not is_saved:
        return _panel(request, shown, form)
    if "HX-Request" not in request.headers:
        return redirect(selectors.conversation_url(request.tenant.slug, shown.id))
    return _panel(request, _found(request, conversation_id), None, is_saved=True)


def _save(request: MemberRequest, conversation_id: UUID, form: DetailsForm) -> bool:
    """Keep what the form holds; or say in it what is wrong."""
    try:
        contacts.change_contact_details(
            conversation_id=conversation_id, given=form.details(), seen=form.seen_at(), actor=request.membership,
            now=clock.now(),
        )  # fmt: skip
    except BadDetailError as wrong:
        form.add_error(wrong.detail, what_is_wrong(wrong))
        return False
    except MaskingError:
        form.add_error(None, UNCHECKED)
        return False
    return True


@sensitive_post_parameters("wanted")
@require_POST
@reader_required
def find(request: MemberRequest) -> HttpResponse:
    """The conversations with whom an address or a number belongs to. By POST, so that it stands in no log."""
    context: dict[str, Any] = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "inbox",
        "queue": "found",
        "counts": queues.counts(request.membership),
        "conversation": None,
        "rows": [],
        "wanted": request.POST.get("wanted", "").strip()[: MAX_LENGTH["email"]],
    }
    try:
        context["found"] = search.conversations_by_detail(
            wanted=context["wanted"], member=request.membership, now=clock.now()
        )
    except UnindexableError:
        context["refused"] = True
        return render(request, "chat/agent/found.html", context, status=422)
    context["rows"] = context["found"].rows
    return render(request, "chat/agent/found.html", context)


def panel_context(
    request: MemberRequest, conversation: Conversation, *, now: datetime, beside: ConversationPage | None = None
) -> dict[str, Any]:
    """Return what the panel's template is given; the details are opened, which is recorded.

    Args:
        request: By a member who may open the conversation.
        conversation: Whose visitor.
        now: When.
        beside: The conversation as it is shown beside the panel: what was looked up for it is not asked again.
    """
    details = contact_details(conversation.contact, request.membership, now=now)
    return {
        "contact": conversation.contact,
        "facts": people.facts_of(conversation),
        "disposal": holds.disposal(conversation, known_held=beside.is_held if beside else None),
        "details": details,
        "signed_until": signed_until(conversation.contact_id, now, known=beside.standing if beside else None),
        "known": small_texts.details(conversation, request.membership),
        "may_change": permissions.may_answer(request.membership),
        "may_merge": may(request.membership, Capability.HANDLE_REQUESTS),
        "may_renew_key": may(request.membership, Capability.MANAGE_KEYS),
        "form": DetailsForm(
            initial={detail: getattr(details, detail) or "" for detail in DETAILS}
            | {"seen": _exact(conversation.contact.details_changed_at)}
        ),
    }


def what_is_wrong(error: BadDetailError) -> str:
    """Say what to do about a detail."""
    if error.reason == "card":
        return CARD
    return TOO_LONG if error.reason == "too_long" else WHAT_IS_WRONG[error.detail, error.reason]


def _panel(
    request: MemberRequest,
    conversation: Conversation,
    form: DetailsForm | None,
    *,
    is_saved: bool = False,
    alert: str = "",
) -> HttpResponse:
    context = panel_context(request, conversation, now=clock.now())
    context |= {"conversation": conversation, "url": selectors.conversation_url(request.tenant.slug, conversation.id)}
    context |= {"is_saved": is_saved, "alert": alert, "organisation": request.tenant}
    if form is not None:
        context["form"] = form
    template = "chat/agent/_visitor.html" if "HX-Request" in request.headers else "chat/agent/visitor.html"
    return render(request, template, context, status=422 if form is not None else 200)


def _found(request: MemberRequest, conversation_id: UUID) -> Conversation:
    found = selectors.conversation(conversation_id)
    if found is None:
        raise Http404
    if not permissions.may_open(request.membership, found):
        raise PermissionDenied
    return found


def _exact(changed_at: datetime | None) -> str:
    """With its fractions of a second, by which the action tells one change from the next."""
    return "" if changed_at is None else changed_at.isoformat()
