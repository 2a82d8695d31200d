"""The owner's page of keys: what there is, turn one, bring an own key, close the organisation."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compliance import key_inventory
from compliance.actions import closing, keys
from compliance.key_forms import CloseForm, OwnKeyForm, RotateForm
from helpdesk.core import clock
from tenants import fresh_factor, kms
from tenants.actors import Actor
from tenants.fresh_factor import FreshCodeForm
from tenants.http import MemberRequest, member_required
from tenants.keyring import own_key, rotation
from tenants.keyring.models import Purpose
from tenants.roles import Capability

owner_page: Final = member_required(Capability.MANAGE_KEYS, scoped=False, while_closing=True)
REFUSED: Final = "The provider refused: the key is disabled, not ours to use, or does not bind to an organisation."
SILENT: Final = "The provider did not answer. Nothing was changed; please try again."


@require_safe
@owner_page
def key_page(request: MemberRequest) -> HttpResponse:
    """Show the organisation's keys."""
    return _page(request)


@require_POST
@owner_page
def rotate(request: MemberRequest) -> HttpResponse:
    """Turn a key."""
    form = RotateForm(request.POST)
    if not form.is_valid():
        raise Http404
    purpose = Purpose(form.cleaned_data["purpose"])
    try:
        keys.rotate_tenant_key(tenant=request.tenant, purpose=purpose, actor=_actor(request), now=clock.now())
    except rotation.RotationRunningError:
        messages.info(request, f"The key “{purpose.label}” is being turned already.")
    except kms.KeyProviderError as error:
        messages.error(request, _told(error))
    else:
        messages.success(request, f"“{purpose.label}” has a new key. What the old one protects is moved to it now.")
    return redirect("compliance:keys", slug=request.tenant.slug)


@require_POST
@owner_page
def connect(request: MemberRequest) -> HttpResponse:
    """Try an own key out, or connect it."""
    form = OwnKeyForm(request.POST)
    if not form.is_valid():
        return _page(request, own_form=form, status=422)
    provider, reference = form.cleaned_data["provider"], form.cleaned_data["reference"]
    try:
        if "try" in request.POST:
            own_key.try_out(request.tenant.id, provider, reference)
            messages.success(request, "The key works: it wraps, opens what it wrapped, and only for you.")
            return _page(request, own_form=form)
        if not fresh_factor.accept(form, request, now=clock.now()):
            return _page(request, own_form=form, status=422)
        actor = _actor(request)
        keys.connect_own_key(
            tenant=request.tenant, provider=provider, reference=reference, actor=actor, now=clock.now()
        )
    except kms.BadReferenceError:
        form.add_error("reference", "This names no key of that provider that you can bring.")
        return _page(request, own_form=form, status=422)
    except kms.KeyProviderError as error:
        form.add_error("reference", _told(error))
        return _page(request, own_form=form, status=422)
    messages.success(request, "Your own key protects everything of the organisation now.")
    return redirect("compliance:keys", slug=request.tenant.slug)


CHANGES: Final[dict[str, tuple[Callable[..., None], str]]] = {
    "revoke": (keys.revoke_own_key, "Your key is revoked: nothing of the organisation opens until you restore it."),
    "restore": (keys.restore_own_key, "Your key is in use again."),
    "disconnect": (keys.disconnect_own_key, "The key of the service protects the organisation again."),
}


@require_POST
@owner_page
def change_own_key(request: MemberRequest, change: str) -> HttpResponse:
    """Revoke, restore or disconnect the own key, with a code of the second factor given now."""
    act, told = CHANGES[change]
    form = FreshCodeForm(request.POST, auto_id="change_%s")
    if not fresh_factor.accept(form, request, now=clock.now()):
        return _page(request, change_form=form, status=422)
    try:
        act(tenant=request.tenant, actor=_actor(request), now=clock.now())
    except own_key.NoOwnKeyError:
        messages.info(request, "That has been done already.")
    except kms.KeyProviderError as error:
        messages.error(request, _told(error))
    else:
        messages.success(request, told)
    return redirect("compliance:keys", slug=request.tenant.slug)


@require_POST
@owner_page
def close(request: MemberRequest) -> HttpResponse:
    """Begin to close the organisation: its name typed, and a code of the second factor given now."""
    form = CloseForm(request.POST, organisation=request.tenant.name)
    if not fresh_factor.accept(form, request, now=clock.now()):
        return _page(request, close_form=form, status=422)
    try:
        closing.begin_closing(tenant=request.tenant, actor=_actor(request), now=clock.now())
    except closing.NotClosableError:
        messages.info(request, "The organisation is closing already.")
    except closing.HoldInForceError:
        messages.error(request, "Not closed: a legal hold is in force. Two of you release it under Legal holds first.")
    else:
        messages.success(request, "The organisation is closing. You can stop that on this page.")
    return redirect("compliance:keys", slug=request.tenant.slug)


@require_POST
@owner_page
def cancel_close(request: MemberRequest) -> HttpResponse:
    """Let the organisation work again."""
    try:
        closing.cancel_closing(tenant=request.tenant, actor=_actor(request), now=clock.now())
    except closing.NotClosableError:
        messages.info(request, "There is nothing to stop.")
    else:
        messages.success(request, "The organisation works as before.")
    return redirect("compliance:keys", slug=request.tenant.slug)


def _actor(request: MemberRequest) -> Actor:
    return Actor.member(request.membership)


def _told(error: kms.KeyProviderError) -> str:
    return SILENT if isinstance(error, kms.ProviderUnreachableError) else REFUSED


def _page(
    request: MemberRequest,
    *,
    own_form: OwnKeyForm | None = None,
    close_form: CloseForm | None = None,
    change_form: FreshCodeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    tenant = request.tenant
    context: dict[str, Any] = {
        "organisation": tenant,
        "membership": request.membership,
        "section": "settings",
        "inventory": key_inventory.keys_of(tenant.id, now=clock.now()),
        "rotations": key_inventory.rotations_of(tenant.id),
        "own": own_key.own_key_of(tenant.id),
        "own_form": own_form or OwnKeyForm(),
        "change_form": change_form or FreshCodeForm(auto_id="change_%s"),
        "close_form": close_form or CloseForm(organisation=tenant.name),
    }
    return render(request, "compliance/keys.html", context, status=status)
