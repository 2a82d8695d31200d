"""Which secure forms the organisation has."""

from collections.abc import Mapping
from typing import Any, Final, Self
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from chat.actions import form_endpoints, form_payments, form_templates
from chat.actions.form_endpoints import NoEndpointError
from chat.actions.form_payments import NoAccountError
from chat.actions.form_templates import NoSuchFormError, TooManyFormsError
from chat.forms import BEING_CHECKED
from chat.models import FormTemplate, Handling
from chat.models.secure_form import MAX_NAME
from chat.secure_forms.kinds import MAX_FIELDS, MAX_LABEL, SHIPPED, TYPES, BadFieldError
from compliance.masking import MaskingError
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability
from tenants.text_checks import HoldsSensitiveDataError
from tenants.views.pages import form_view, posted

LIST: Final = "chat/forms/settings.html"
SENSITIVE: Final = "A name or a label holds what looks like a number or a secret of somebody's. Please leave it out."
TOO_MANY: Final = f"You have {form_templates.MAX_OWN} forms of your own; remove one you don’t use."  # noqa: RUF001
EMPTY: Final = "Give at least one field a label."
#: What each way means for whom, as whoever chooses it has to know.
EXPLAINED: Final = {
    Handling.VIEW: (
        "Sealed for the browser of the agent who asks, who sees it once, for a minute. That agent and their desk are "
        "in scope of whatever rules hold for what is asked."
    ),
    Handling.FORWARD: (
        "Sealed for a key of your own and brought to your own system, which alone can open it. Agents see that it "
        "arrived, and a reference if your system gives one."
    ),
    Handling.CHECK: (
        "Sealed for the browser of the agent who asks, which opens it, compares it with what the agent typed there, "
        "and shows match or no match. Their browser does have it for an instant. Three misses a day, and it is over."
    ),
    Handling.PAY: (
        "For cards alone. The visitor types the card on a page of your payment provider’s. A token, the brand and "  # noqa: RUF001
        "the last four digits come back; neither agents nor we ever have the number."
    ),
    Handling.ASK: (
        "Sealed for a key of your own and brought to your own system, which answers match or no match. No browser of "
        "yours opens it. Three misses a day, and it is over."
    ),
}
KINDS: Final = [(kind, words) for kind, words in TYPES.items() if kind != "card"]

keeper_required = member_required(Capability.MANAGE_FORMS)


class OwnForm(django_forms.Form):
    """A form of one's own: a name and up to eight fields, of which one without a label is none. `count` are shown.

    Card numbers are asked for by the product's own form, which knows how they are looked at.
    """

    name = django_forms.CharField(max_length=MAX_NAME, label="Name", help_text="Shown to the visitor.")

    def __init__(self, *args: Any, count: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = count
        for place in range(MAX_FIELDS):
            self.fields[f"label{place}"] = django_forms.CharField(max_length=MAX_LABEL, required=False, label="Label")
            self.fields[f"type{place}"] = django_forms.ChoiceField(choices=KINDS, required=False, label="Kind")
            self.fields[f"needed{place}"] = django_forms.BooleanField(required=False, initial=True, label="Required")

    @classmethod
    def of(cls, given: Any) -> Self:
        """Return it as it was sent in, or as it is at first; `given`: the post, or None."""
        return cls() if given is None else cls(given, count=_shown(given))

    @classmethod
    def longer(cls, given: Mapping[str, str]) -> Self:
        """Return what was typed so far with one more field, where the cursor goes; nothing is looked at yet."""
        count = _shown(given)
        typed: dict[str, Any] = {name: given[name] for name in ("name", *_names("label", "type")) if name in given}
        ticks = {f"needed{place}": f"needed{place}" in given for place in range(count)}
        form = cls(initial=typed | ticks, count=min(count + 1, MAX_FIELDS))
        form.fields[f"label{form.count - 1}"].widget.attrs["autofocus"] = True
        return form

    @property
    def rows(self) -> list[tuple[Any, Any, Any]]:
        return [(self[f"label{place}"], self[f"type{place}"], self[f"needed{place}"]) for place in range(self.count)]

    @property
    def most(self) -> int:
        return MAX_FIELDS

    def questions(self) -> list[tuple[str, str, bool]]:
        given = self.cleaned_data
        return [
            (given[f"label{place}"], given[f"type{place}"] or "text", given[f"needed{place}"])
            for place in range(MAX_FIELDS)
        ]


def _names(*kinds: str) -> list[str]:
    return [f"{kind}{place}" for kind in kinds for place in range(MAX_FIELDS)]


def _shown(given: Mapping[str, str]) -> int:
    """Return how many fields a page shows that was sent in: as many as it says, and all that are filled in."""
    said = {str(count): count for count in range(1, MAX_FIELDS + 1)}.get(given.get("count", ""), 1)
    return max(said, *(place + 1 if given.get(f"label{place}") else 1 for place in range(MAX_FIELDS)))


@form_view
@keeper_required
def forms(request: MemberRequest) -> HttpResponse:
    """The forms there are, and one of one's own to add."""
    given = posted(request)
    if given is not None and given.get("step") == "longer":
        return _page(request, OwnForm.longer(given), 200)
    form = OwnForm.of(given)
    if not form.is_valid():
        return _page(request, form, 422 if form.is_bound else 200)
    try:
        row = form_templates.add_form(
            name=form.cleaned_data["name"], fields=form_templates.questions(form.questions()),
            actor=request.membership, now=clock.now(),
        )  # fmt: skip
    except BadFieldError:
        form.add_error(None, EMPTY)
    except TooManyFormsError:
        form.add_error(None, TOO_MANY)
    except HoldsSensitiveDataError:
        form.add_error(None, SENSITIVE)
    except MaskingError:
        form.add_error(None, BEING_CHECKED)
        return _page(request, form, 503)
    else:
        messages.success(request, f"Added: {row.name}. Agents can ask for it now.")
        return redirect("chat:forms", slug=request.tenant.slug)
    return _page(request, form, 422)


@require_POST
@keeper_required
def switch(request: MemberRequest) -> HttpResponse:
    """Let a form be asked for, or no more."""
    is_on = request.POST.get("on") == "1"
    try:
        form_templates.switch_form(
            chosen=request.POST.get("template", ""), is_on=is_on, actor=request.membership, now=clock.now()
        )
    except NoSuchFormError:
        raise Http404 from None
    messages.success(request, "On: agents can ask for it." if is_on else "Off: nobody can ask for it.")
    return redirect("chat:forms", slug=request.tenant.slug)


@require_POST
@keeper_required
def handle(request: MemberRequest) -> HttpResponse:
    """Decide what becomes of what visitors send by a form."""
    try:
        handling = Handling(request.POST.get("handling", ""))
        form_templates.handle_form(
            chosen=request.POST.get("template", ""), handling=handling, actor=request.membership, now=clock.now()
        )
    except (NoSuchFormError, ValueError):
        raise Http404 from None
    except NoAccountError:
        messages.error(request, "Connect your payment provider first.")
        return redirect("chat:form_payments", slug=request.tenant.slug)
    except NoEndpointError:
        messages.error(request, "Connect your own system first: its address, and a key of it.")
        return redirect("chat:form_endpoint", slug=request.tenant.slug)
    messages.success(request, f"{handling.label}. What was asked before stays as it was asked.")
    return redirect("chat:forms", slug=request.tenant.slug)


@require_POST
@keeper_required
def remove(request: MemberRequest, template_id: UUID) -> HttpResponse:
    """Take a form of one's own away."""
    try:
        form_templates.remove_form(template_id=template_id, actor=request.membership, now=clock.now())
    except NoSuchFormError:
        raise Http404 from None
    messages.success(request, "Removed.")
    return redirect("chat:forms", slug=request.tenant.slug)


def _page(request: MemberRequest, form: OwnForm, status: int) -> HttpResponse:
    off = set(FormTemplate.objects.filter(is_on=False).values_list("kind", flat=True))
    off |= {str(one) for one in FormTemplate.objects.filter(is_on=False, kind="custom").values_list("id", flat=True)}
    listed = [
        (name, one, name not in off, name in SHIPPED) for name, one in form_templates.forms(with_off=True).items()
    ]
    context = {
        "form": form,
        "listed": listed,
        "handlings": [(value, label, EXPLAINED[Handling(value)]) for value, label in Handling.choices],
        "endpoint": form_endpoints.endpoint(),
        "account": form_payments.account(),
        "section": "settings",
    }
    return render(request, LIST, context, status=status)
