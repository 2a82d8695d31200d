"""Legal holds: which there are, one more, and their release by two people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from chat import holds, selectors
from chat.actions import legal_holds
from chat.actions.legal_holds import (
    MAX_QUERIES,
    MAX_REASON,
    EmptyQueryError,
    ReleaseAskedError,
    ReleaseNotAskedError,
    SamePersonError,
    TooManyQueriesError,
    UnknownHoldError,
    UnknownTargetError,
)
from chat.forms import BEING_CHECKED
from chat.holds import HoldQuery
from chat.models import Inbox
from chat.views.conversation_query import ConversationQueryForm
from compliance.hold_reasons import reason_of
from compliance.masking import MaskingError
from compliance.models import IN_FORCE, HoldKind, LegalHold
from helpdesk.core import clock
from helpdesk.core.ids import reference
from tenants.http import MemberRequest, member_required
from tenants.models import Membership
from tenants.roles import Capability
from tenants.views.pages import form_page, form_view, posted

keeper_required: Final = member_required(Capability.PLACE_HOLDS, while_closing=True)
SHOWN: Final = 100
EMPTY: Final = "Say which conversations: by their days, their entry or a member. The last day is not before the first."
#: Of a conversation, and of what does not come from one.
FROM_CONVERSATION: Final = (HoldKind.CONVERSATION, HoldKind.CONTACT)


class HoldForm(ConversationQueryForm):
    """What is kept, and why."""

    field_order = ("kind", *ConversationQueryForm.SEARCH, "reason")
    kind = forms.ChoiceField(label="What may not be erased", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Why",
        max_length=MAX_REASON,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off"}),
        help_text="The matter it is for. Masked by every rule and sealed: leave out names and numbers.",
        error_messages={"required": "Say why: whoever is asked to release it has to know."},
    )

    def __init__(self, *args: Any, of_conversation: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "hold_%s", **kwargs})
        kinds = FROM_CONVERSATION if of_conversation else (HoldKind.QUERY,)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        self.fields["kind"].initial = kinds[0].value
        if of_conversation:
            for name in self.SEARCH:
                del self.fields[name]


@dataclass(frozen=True, slots=True)
class HoldShown:
    """One hold as the page shows it."""

    hold: LegalHold
    what: str
    url: str
    reason: str
    conversations: int
    may_decide: bool


@require_safe
@keeper_required
def holds_page(request: MemberRequest) -> HttpResponse:
    """List those in force and those released last; the reasons are opened."""
    rows = LegalHold.objects.select_related("placed_by__user", "release_asked_by__user", "released_by__user")
    in_force = rows.filter(IN_FORCE).order_by("placed_at", "id")
    released = rows.exclude(IN_FORCE).order_by("-released_at", "-id")
    context = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "in_force": [_shown(hold, request.membership) for hold in in_force],
        "released": [_shown(hold, request.membership) for hold in released[:SHOWN]],
    }
    return render(request, "chat/holds/list.html", context)


@sensitive_post_parameters("reason")
@form_view
@keeper_required
def new_hold(request: MemberRequest) -> HttpResponse:
    """Place one: on the conversation that is named in the address or on its visitor, or on a search."""
    conversation = _conversation(request)
    form = HoldForm(posted(request), of_conversation=conversation is not None)
    shown = {"conversation": conversation, "section": "settings", "organisation": request.tenant}
    if form.is_valid() and _is_placed(request, form, conversation):
        messages.success(request, "The hold stands: what it covers stays until two of you release it.")
        return redirect("chat:holds", slug=request.tenant.slug)
    return form_page(request, "chat/holds/new.html", form, **shown)


Step = Callable[..., LegalHold]
STEPS: Final[Mapping[str, tuple[Step, str]]] = {
    "ask": (legal_holds.ask_release, "Asked. Another of you decides; until then the hold stands."),
    "decline": (legal_holds.decline_release, "The hold stands."),
    "release": (legal_holds.release_hold, "Released. What it alone has kept goes by retention again."),
}
WHY_NOT: Final[Mapping[type[Exception], str]] = {
    ReleaseAskedError: "Its release was asked for already.",
    ReleaseNotAskedError: "Nobody asks for its release any more.",
    SamePersonError: "Whoever has asked for the release does not decide it: another of you does.",
}


@require_POST
@keeper_required
def decide(request: MemberRequest, hold_id: UUID, step: str) -> HttpResponse:
    """Ask for a release, decline it, or release."""
    act, told = STEPS[step]
    try:
        act(hold_id=hold_id, actor=request.membership, now=clock.now())
    except UnknownHoldError:
        raise Http404 from None
    except tuple(WHY_NOT) as why:
        messages.error(request, WHY_NOT[type(why)])
    else:
        messages.success(request, told)
    return redirect("chat:holds", slug=request.tenant.slug)


def _conversation(request: MemberRequest) -> Any:
    named = request.GET.get("conversation", "")
    if not named:
        return None
    try:
        found = selectors.conversation(UUID(named))
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _is_placed(request: MemberRequest, form: HoldForm, conversation: Any) -> bool:
    """Place the hold; or say in the form why not."""
    kind = HoldKind(form.cleaned_data["kind"])
    if kind == HoldKind.QUERY:
        target: Any = form.query()
    else:
        target = conversation.contact_id if kind == HoldKind.CONTACT else conversation.id
    try:
        legal_holds.place_hold(
            kind=kind, target=target, reason=form.cleaned_data["reason"], actor=request.membership, now=clock.now()
        )
    except EmptyQueryError:
        form.add_error(None, EMPTY)
    except TooManyQueriesError:
        form.add_error(None, f"There are {MAX_QUERIES} searches held already: release one first.")
    except UnknownTargetError:
        form.add_error(None, "It has been erased meanwhile.")
    except MaskingError:
        form.add_error("reason", BEING_CHECKED)
    return not form.errors


def _shown(hold: LegalHold, member: Membership) -> HoldShown:
    url, what = "", ""
    if hold.kind == HoldKind.QUERY:
        what = _spoken(HoldQuery.of(hold))
    elif hold.target_id is not None:
        what = f"{hold.get_kind_display()}: {reference(hold.target_id)}"
        if hold.kind == HoldKind.CONVERSATION:
            url = selectors.conversation_url(member.tenant.slug, hold.target_id)
    return HoldShown(
        hold, what, url, reason_of(hold, member), holds.covered_by(hold).count(),
        may_decide=hold.release_asked_at is not None and hold.release_asked_by_id != member.id,
    )  # fmt: skip


def _spoken(query: HoldQuery) -> str:
    """Say a search in words."""
    said = []
    if query.began_from:
        said.append(f"begun on or after {query.began_from:%-d %B %Y}")
    if query.began_until:
        said.append(f"begun on or before {query.began_until:%-d %B %Y}")
    if query.inbox_id:
        name = Inbox.objects.filter(id=query.inbox_id).values_list("name", flat=True).first()
        said.append(f"at {name or 'an entry that is gone'}")
    if query.member_id:
        name = Membership.objects.filter(id=query.member_id).values_list("user__name", flat=True).first()
        said.append(f"held or answered by {name or 'a former member'}")
    return f"Every conversation {', '.join(said)}"
