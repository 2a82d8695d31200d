"""The organisation's payment provider: its account, and the provider's messages."""

from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from chat import selectors
from chat.actions import form_payments, form_templates
from chat.actions.form_payments import BadSecretError, NoAccountError
from chat.models import FormKind, Handling, Inbox
from chat.secure_forms.outbound import NotReachedError, NotTakenError
from chat.secure_forms.tokenizer import BadWebhookError
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, client_address
from helpdesk.core.ratelimit import Limit
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability
from tenants.scoping import tenant_scope

PAGE: Final = "chat/forms/payments.html"
BAD: Final = "These are not the secrets of an account: one begins with sk_ or rk_, the other with whsec_."
MAX_MESSAGE_BYTES: Final = 64 * 1024
TRIALS: Final = Limit("chat.payment_trial", burst=5, per_s=1 / 10)
MESSAGES: Final = Limit("chat.payment_messages_by_address", burst=120, per_s=10)

keeper_required = member_required(Capability.MANAGE_FORMS)


class AccountForm(forms.Form):
    """The two secrets of an account. Neither is ever shown again."""

    secret_key = forms.CharField(
        label="Secret key",
        max_length=260,
        help_text=("Better a restricted one (rk_…): write Checkout Sessions, read Setup Intents and Payment Methods."),
        widget=forms.PasswordInput({"autocomplete": "off"}),
    )
    webhook_secret = forms.CharField(
        label="Signing secret of the webhook",
        max_length=260,
        help_text="Stripe shows it once the address below is entered there (whsec_…).",
        widget=forms.PasswordInput({"autocomplete": "off"}),
    )


@require_safe
@keeper_required
def page(request: MemberRequest) -> HttpResponse:
    """Whether an account is connected, and where the provider sends its messages."""
    return _shown(request, AccountForm())


@require_POST
@sensitive_post_parameters()
@keeper_required
def connect(request: MemberRequest) -> HttpResponse:
    """Take an account."""
    form = AccountForm(request.POST)
    if form.is_valid():
        try:
            form_payments.connect_account(
                secret_key=form.cleaned_data["secret_key"], webhook_secret=form.cleaned_data["webhook_secret"],
                actor=request.membership, now=clock.now(),
            )  # fmt: skip
        except BadSecretError:
            form.add_error(None, BAD)
        else:
            messages.success(request, "Connected.")
            return redirect("chat:form_payments", slug=request.tenant.slug)
    return _shown(request, form, 422)


@require_POST
@keeper_required
def disconnect(request: MemberRequest) -> HttpResponse:
    """Let no card be taken there any more."""
    form_payments.disconnect_account(actor=request.membership, now=clock.now())
    messages.success(request, "Disconnected. Forms that were under way to it have ended.")
    return redirect("chat:form_payments", slug=request.tenant.slug)


@require_POST
@member_required(Capability.MANAGE_FORMS, scoped=False)
def test(request: MemberRequest) -> HttpResponse:
    """See whether the provider takes the secret key."""
    told = redirect("chat:form_payments", slug=request.tenant.slug)
    if TRIALS.wait_s("all", request.tenant.id) > 0:
        messages.error(request, "That was too often. Wait a moment, then try again.")
        return told
    try:
        with tenant_scope(request.tenant):
            tokenizer = form_payments.account_to_try(actor=request.membership)
        tokenizer.check()
    except NoAccountError:
        messages.error(request, "No account is connected.")
    except NotTakenError:
        messages.error(
            request, f"{tokenizer.name} does not take this secret key, or does not let it do what is needed."
        )
    except NotReachedError:
        messages.error(request, f"{tokenizer.name} did not answer just now. Try again in a moment.")
    else:
        messages.success(request, f"{tokenizer.name} takes this secret key.")
    return told


@csrf_exempt
@require_POST
@sensitive_variables()
def webhook(request: HttpRequest, widget_key: str) -> HttpResponse:
    """Take a message of the provider's. It is told apart by its signature alone, and only says where to look."""
    if MESSAGES.wait_s(bucket(client_address(request))) > 0:
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS)
    found = selectors.inbox_for_widget(widget_key)
    if found is None:
        raise Http404
    if len(request.body) > MAX_MESSAGE_BYTES:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        with tenant_scope(found.tenant):
            form_payments.heard(headers=request.headers, body=request.body, now=clock.now())
    except (NoAccountError, BadWebhookError):
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    return HttpResponse(status=HTTPStatus.OK)


def _shown(request: MemberRequest, form: AccountForm, status: int = 200) -> HttpResponse:
    key = Inbox.objects.order_by("created_at", "id").values_list("widget_key", flat=True).first()
    address = reverse("chat:payment_webhook", kwargs={"widget_key": key}) if key else ""
    card = form_templates.forms(with_off=True)[FormKind.CARD]
    context: dict[str, Any] = {
        "account": form_payments.account(),
        "is_used": card.handling == Handling.PAY,
        "card": card,
        "form": form,
        "webhook": f"{settings.SITE_URL}{address}",
        "section": "settings",
    }
    return render(request, PAGE, context, status=status)
