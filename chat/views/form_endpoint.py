"""The organisation's own system for secure forms: where it is, which keys it opens with, and whether that works."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from chat.actions import form_endpoints
from chat.actions.form_endpoints import MAX_KEYS, NoEndpointError, NoSuchKeyError, TooManyKeysError
from chat.forms import BEING_CHECKED
from chat.models.form_endpoint import MAX_ADDRESS
from chat.secure_forms.endpoint_call import key_id
from chat.secure_forms.outbound import CALL_S, NotReachedError, NotTakenError
from chat.secure_forms.public_address import BadAddressError
from chat.secure_forms.public_keys import MAX_TEXT, BadKeyError, PrivateKeyError
from chat.secure_forms.submission import encoded, fingerprint_words
from compliance.masking import MaskingError
from helpdesk.core import clock
from helpdesk.core.ratelimit import Limit
from tenants.http import MemberRequest, member_required
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError

PAGE: Final = "chat/forms/endpoint.html"
TRIALS: Final = Limit("chat.form_endpoint_trial", burst=5, per_s=1 / 10)
BAD_ADDRESS: Final = (
    "Give an address that begins with https://, with a name that everyone can reach. Addresses inside a network, other "
    "ports below 1024, names and passwords in it, and # are not taken."
)
BAD_KEY: Final = "That is no public key of the curve P-256, as PEM or as JWK."
PRIVATE_KEY: Final = (
    "That is a private key. Nobody else may have it: make a new pair, and give the public half only. It was not kept."
)
TOO_MANY: Final = f"{MAX_KEYS} keys count already, or this one was retired. Retire one that is not used any more."
NO_ADDRESS: Final = "Give the address first."
WHY_NOT: Final = {
    "unknown_host": "Its name leads nowhere at present.",
    "silent": f"It did not answer within {CALL_S:.0f} seconds, or not as a web server does.",
    "certificate": "Its certificate is not one that we can trust.",
    "busy": "It answered that it can’t now (408, 425, 429, or 500 and more).",  # noqa: RUF001
    "refused": "It answered that it does not take it. It has to answer with a status between 200 and 299.",
    "redirect": "It leads elsewhere. Give the address at which it answers itself.",
    "not_public": "Its name leads to an address that is not a public one.",
}

keeper_required = member_required(Capability.MANAGE_FORMS)


class AddressForm(forms.Form):
    """Where sealed answers are brought."""

    address = forms.CharField(
        label="Address",
        max_length=MAX_ADDRESS,
        help_text="Beginning with https://. What visitors send is posted there, sealed, and signed by us.",
        widget=forms.URLInput(
            {"autocomplete": "off", "spellcheck": "false", "placeholder": "https://forms.example.com/"}
        ),
    )


class KeyForm(forms.Form):
    """A public key."""

    key = forms.CharField(
        label="Public key",
        max_length=MAX_TEXT,
        help_text="Of the curve P-256, as PEM or as JWK. Visitors seal for the newest one.",
        widget=forms.Textarea({"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
    )


@require_safe
@keeper_required
def page(request: MemberRequest) -> HttpResponse:
    """Where it is, its keys, and our own key by which it knows us."""
    return _shown(request)


@require_POST
@keeper_required
def address(request: MemberRequest) -> HttpResponse:
    """Say where it is."""
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _shown(request, address_form=form, status=422)
    try:
        form_endpoints.set_endpoint(address=form.cleaned_data["address"], actor=request.membership, now=clock.now())
    except (BadAddressError, HoldsSensitiveDataError):
        form.add_error("address", BAD_ADDRESS)
    except MaskingError:
        form.add_error(None, BEING_CHECKED)
        return _shown(request, address_form=form, status=503)
    else:
        messages.success(request, "Kept. Try it out once a key is there.")
        return redirect("chat:form_endpoint", slug=request.tenant.slug)
    return _shown(request, address_form=form, status=422)


@require_POST
@keeper_required
def remove(request: MemberRequest) -> HttpResponse:
    """Bring nothing there any more."""
    form_endpoints.remove_endpoint(actor=request.membership, now=clock.now())
    messages.success(request, "Removed. What was on its way is destroyed.")
    return redirect("chat:form_endpoint", slug=request.tenant.slug)


@require_POST
@keeper_required
def add_key(request: MemberRequest) -> HttpResponse:
    """Take another public key."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _shown(request, key_form=form, status=422)
    try:
        form_endpoints.add_key(text=form.cleaned_data["key"], actor=request.membership, now=clock.now())
    except PrivateKeyError:
        # Not even shown again.
        form = KeyForm({})
        form.add_error("key", PRIVATE_KEY)
    except BadKeyError:
        form.add_error("key", BAD_KEY)
    except TooManyKeysError:
        form.add_error("key", TOO_MANY)
    except NoEndpointError:
        form.add_error("key", NO_ADDRESS)
    else:
        messages.success(request, "Added. Visitors seal for it from now on.")
        return redirect("chat:form_endpoint", slug=request.tenant.slug)
    return _shown(request, key_form=form, status=422)


@require_POST
@keeper_required
def retire_key(request: MemberRequest, endpoint_key_id: UUID) -> HttpResponse:
    """Seal nothing more for a key."""
    try:
        form_endpoints.retire_key(key_id=endpoint_key_id, actor=request.membership, now=clock.now())
    except NoSuchKeyError:
        raise Http404 from None
    messages.success(request, "Retired. What was sealed for it and had not arrived is destroyed.")
    return redirect("chat:form_endpoint", slug=request.tenant.slug)


@require_POST
@member_required(Capability.MANAGE_FORMS, scoped=False)
def test(request: MemberRequest) -> HttpResponse:
    """Send a word of ours there, sealed for its newest key, and see whether it comes back."""
    told = redirect("chat:form_endpoint", slug=request.tenant.slug)
    if TRIALS.wait_s("all", request.tenant.id) > 0:
        messages.error(request, "That was too often. Wait a moment, then try again.")
        return told
    try:
        with tenant_scope(request.tenant):
            trial = form_endpoints.trial(actor=request.membership)
        is_opened = trial.is_opened(clock.now())
    except NoEndpointError:
        messages.error(request, "There is no address, or no key yet.")
    except (NotReachedError, NotTakenError) as error:
        messages.error(request, WHY_NOT[error.why])
    else:
        if is_opened:
            messages.success(request, "It answered, and opened what was sealed for its newest key.")
        else:
            messages.warning(
                request, "It answered, but did not give the word back that was sealed for its newest key (“receipt”)."
            )
    return told


def _shown(
    request: MemberRequest,
    *,
    address_form: AddressForm | None = None,
    key_form: KeyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    endpoint = form_endpoints.endpoint()
    held = {"address": endpoint.address} if endpoint is not None else None
    ours = bytes(endpoint.signing_point) if endpoint is not None else b""
    context: dict[str, Any] = {
        "endpoint": endpoint,
        "keys": [(key, fingerprint_words(bytes(key.fingerprint))) for key in form_endpoints.active_keys()],
        "most_keys": MAX_KEYS,
        "our_key": encoded(ours),
        "our_key_id": key_id(ours) if ours else "",
        "address_form": address_form or AddressForm(initial=held),
        "key_form": key_form or KeyForm(),
        "section": "settings",
    }
    return render(request, PAGE, context, status=status)
