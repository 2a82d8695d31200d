"""Devices: what a browser proves by itself, one's own browser, and those of an organisation's people."""

import base64
import binascii
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from helpdesk.core import clock
from helpdesk.core.machine import Machine
from tenants.actions import devices
from tenants.actions.devices import (
    AnotherKeyError,
    Answer,
    BadProofError,
    NoDeviceError,
    NotOnApprovedDeviceError,
    SignInAnewError,
    TooManyDevicesError,
)
from tenants.actions.place_due import HeldByModeError
from tenants.devices import challenge
from tenants.devices.challenge import BadChallengeError
from tenants.gate.checks import Refusal
from tenants.http import AccountRequest, MemberRequest, account_at_any_device, member_required
from tenants.models import DeviceState, StaffDevice
from tenants.policies import in_force
from tenants.policy_names import DEVICE_RULE, ENROLLED_DEVICE
from tenants.roles import Capability
from tenants.sessions import session_of

OWN: Final = "organisation:own_device"
ALL: Final = "organisation:devices"
HELD: Final = "A mode asks for approved browsers or an address rule for everyone. Switch the other one on first."
NOT_HERE: Final = "Have this browser approved first: it would lock you out."
SIGN_IN_ANEW: Final = "To enrol this browser, sign out and in again in it: both factors must have been given just now."
MAX_PART: Final = 200
TOO_MANY: Final = f"You have {devices.MAX_DEVICES} devices; ask an owner to revoke one."


@require_POST
@account_at_any_device
def device_challenge(request: AccountRequest) -> HttpResponse:
    """Give a browser something to sign."""
    session = session_of(request)
    if session is None:
        return HttpResponse(status=401)
    return JsonResponse({"challenge": challenge.issue(bytes(session.session_hash), now=clock.now().timestamp())})


@require_POST
@account_at_any_device
def device_proof(request: AccountRequest) -> HttpResponse:
    """Take a browser's proof. 204: taken; 409: the session is bound to another key; 422: it is no proof."""
    session = session_of(request)
    if session is None:
        return HttpResponse(status=401)
    try:
        devices.prove(session, _answer(request), machine=Machine.of(request), now=clock.now())
    except AnotherKeyError:
        return HttpResponse(status=409)
    except (binascii.Error, ValueError, BadChallengeError, BadProofError):
        return HttpResponse(status=422)
    return HttpResponse(status=204)


def _answer(request: AccountRequest) -> Answer:
    given = {name: request.POST.get(name, "")[:MAX_PART] for name in ("challenge", "key", "signature")}
    point, signature = (base64.b64decode(given[one], altchars=b"-_", validate=True) for one in ("key", "signature"))
    return Answer(given["challenge"], point, signature)


@require_safe
@member_required(despite={Refusal.DEVICE})
def own_device(request: MemberRequest) -> HttpResponse:
    """Show the browser one is at, and one's other devices."""
    mine = StaffDevice.objects.filter(membership=request.membership).exclude(state=DeviceState.REVOKED)
    context = {"devices": list(mine.order_by("asked_at")), "section": "settings", **here(request)}
    return render(request, "tenants/own_device.html", context)


def here(request: MemberRequest) -> dict[str, Any]:
    """Return what is known of the browser that asks: its device if there is one, and whether it has shown its key."""
    session, machine = session_of(request), Machine.of(request)
    known = [bytes.fromhex(machine.certificate)] if machine.certificate else []
    if session is not None and session.device_key_hash is not None:
        known.append(bytes(session.device_key_hash))
    device = StaffDevice.objects.filter(membership=request.membership, key_hash__in=known).order_by("state").first()
    return {"device": device, "is_known": bool(known), "certificate": machine.certificate}


@require_POST
@member_required(despite={Refusal.DEVICE})
def ask_for_device(request: MemberRequest) -> HttpResponse:
    """Ask an owner to approve the browser one is at."""
    try:
        devices.ask(
            member=request.membership, session=session_of(request), machine=Machine.of(request), now=clock.now()
        )
        messages.success(request, "An owner has to approve it now. They see it under Settings, Devices.")
    except SignInAnewError:
        messages.error(request, SIGN_IN_ANEW)
    except TooManyDevicesError:
        messages.error(request, TOO_MANY)
    except NoDeviceError:
        messages.error(request, "This browser has shown no key. Load the page again; it needs JavaScript.")
    return redirect(OWN, slug=request.tenant.slug)


@require_POST
@member_required(despite={Refusal.DEVICE})
def give_up_device(request: MemberRequest, device_id: UUID) -> HttpResponse:
    """Revoke one of one's own."""
    try:
        devices.give_up(device_id=device_id, member=request.membership, now=clock.now())
    except NoDeviceError:
        raise Http404 from None
    messages.success(request, "Revoked.")
    return redirect(OWN, slug=request.tenant.slug)


@require_safe
@member_required(Capability.MANAGE_SIGN_IN)
def device_list(request: MemberRequest) -> HttpResponse:
    """Show all devices, those that wait first, and whether others may be used."""
    found = StaffDevice.objects.exclude(state=DeviceState.REVOKED).select_related("membership__user")
    rule = in_force(request.tenant, DEVICE_RULE)
    context = {
        "waiting": [each for each in found.order_by("asked_at") if each.state == DeviceState.ASKED],
        "approved": [each for each in found.order_by("asked_at") if each.state == DeviceState.APPROVED],
        "is_on": rule.value == ENROLLED_DEVICE,
        "section": "settings",
        **here(request),
    }
    return render(request, "tenants/devices.html", context)


@require_POST
@member_required(Capability.MANAGE_SIGN_IN)
def decide_device(request: MemberRequest, device_id: UUID, *, approve: bool) -> HttpResponse:
    """Approve or revoke."""
    try:
        device = devices.decide(device_id=device_id, approve=approve, actor=request.membership, now=clock.now())
    except NoDeviceError:
        raise Http404 from None
    told = "Approved: {} may use it at once." if approve else "Revoked. What is open there closes within seconds."
    messages.success(request, told.format(device.membership.user.name))
    return redirect(ALL, slug=request.tenant.slug)


@require_POST
@member_required(Capability.MANAGE_SIGN_IN)
def device_rule(request: MemberRequest) -> HttpResponse:
    """Let people use approved devices alone, or any."""
    try:
        devices.choose_rule(
            only_approved=request.POST.get("only_approved") == "1", actor=request.membership,
            session=session_of(request), machine=Machine.of(request), now=clock.now(),
        )  # fmt: skip
        messages.success(request, "Saved. It holds for everyone from now on.")
    except NotOnApprovedDeviceError:
        messages.error(request, NOT_HERE)
    except HeldByModeError:
        messages.error(request, HELD)
    return redirect(ALL, slug=request.tenant.slug)
