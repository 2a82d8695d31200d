"""The gate at a page: judges what was looked up, and says where to go instead."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from helpdesk.core import clock
from helpdesk.core.machine import Machine
from tenants import refused
from tenants.actions.sessions import ACTIVE_TO_THE, USED_TO_THE, keep_active, note_use
from tenants.actions.turned_away import note_turned_away
from tenants.factor_list import has_factor
from tenants.gate.briefing import briefing_of
from tenants.gate.checks import Refusal, Visit, is_another_machine, judge
from tenants.gate.facts import Facts
from tenants.models import Membership
from tenants.permissions import may
from tenants.roles import Capability
from tenants.sessions import hash_of

#: Writes something down.
Note = Callable[[], object]

LOCKED_STATUS: Final = 423
# What somebody whose session is over, or never was, has to do first; anything else has a page of its own.
_SIGN_IN: Final = frozenset({Refusal.SIGNED_OUT, Refusal.SESSION_OVER})
_WAYS: Final[Mapping[Refusal, str]] = {
    Refusal.LOCKED: "accounts:locked",
    Refusal.PASSWORD: "accounts:change_password",
    Refusal.FACTOR: "accounts:factor",
    Refusal.PASSKEY: "accounts:security",
}


def refusal_for(
    request: HttpRequest,
    membership: Membership,
    facts: Facts,
    notes: list[Note],
    *,
    despite: Collection[Refusal] = (),
    by_itself: bool = False,
) -> Refusal | None:
    """Judge a request for an organisation's page. Call it inside its scope.

    Args:
        request: Of somebody who gave both factors in this session, or went on without the second.
        membership: Theirs.
        facts: Of this session there (`tenants.look`).
        notes: Takes what is to be written down of the visit, in that scope and whatever becomes of the request.
        despite: What does not matter at this page: where it is put right.
        by_itself: Whether a script asks, with nobody having done anything.
    """
    now, machine = clock.now(), Machine.of(request)
    visit = Visit(membership, machine.address, now.timestamp(), *_factor_of(request), machine)
    refusal = judge(facts, visit, despite)
    waived = judge(facts, visit) if despite else None
    request.briefing = briefing_of(facts, visit, waived=waived)  # type: ignore[attr-defined]
    if (reason := _worth_telling(refusal, facts, visit)) is not None:
        session_hash = hash_of(request.session.session_key)
        notes.append(partial(note_turned_away, membership, session_hash=session_hash, reason=reason, now=now))
    if refusal is not None:
        return refusal
    if membership.first_access_at is None and Refusal.TRAINING not in despite:
        # Evidence: what was asked of them before their first access was done by then.
        first = Membership.objects.filter(id=membership.id, first_access_at=None)
        notes.append(partial(first.update, first_access_at=now))
    if not (by_itself or asks_by_itself(request)):
        if _is_worth_noting(facts, now.timestamp()):
            notes.append(partial(keep_active, request.session.session_key, address=machine.address, now=now))
        if now - membership.used_at > USED_TO_THE:
            notes.append(partial(note_use, membership, now=now))
    return None


def _worth_telling(refusal: Refusal | None, facts: Facts, visit: Visit) -> str | None:
    """Return as what a refusal is written down: from where nobody may come, or with a cookie that was carried off."""
    if refusal is Refusal.ADDRESS:
        return refusal.value
    return "another_machine" if refusal is Refusal.DEVICE and is_another_machine(facts, visit) else None


def _factor_of(request: HttpRequest) -> tuple[str, bool]:
    """Return by which kind of factor this session was opened, and whether its owner has one."""
    user: Any = request.user
    if user.is_verified():
        return str(user.otp_device.model_label()), True
    return "", has_factor(user)


def turned_away(request: HttpRequest, refusal: Refusal, membership: Membership) -> HttpResponse:
    """Lead to where a refusal is put right. A page that asks beside its reader is told, and stays as it is."""
    may_break_glass = may(membership, Capability.MANAGE_SIGN_IN)
    page = refused.page_for(request, refusal, membership.tenant, may_break_glass=may_break_glass)
    if page is not None:
        return page
    if refusal in _SIGN_IN:
        logout(request)
        way = reverse("accounts:sign_in")
    elif refusal == Refusal.TRAINING:
        # The route is of an app above; whatever page of the organisation was asked for, its slug is in the address.
        way = reverse("compliance:training", kwargs={"slug": _slug_of(request)})
    else:
        way = reverse(_WAYS[refusal])
    if "HX-Request" in request.headers:
        response = HttpResponse(status=LOCKED_STATUS if refusal == Refusal.LOCKED else 401)
        if refusal != Refusal.LOCKED:
            response["HX-Redirect"] = way
        return response
    if refusal == Refusal.TRAINING:
        return redirect(way)
    # What was posted is gone afterwards, so only a page that was asked for is returned to.
    return redirect_to_login(request.get_full_path(), way) if request.method == "GET" else redirect(way)


def asks_by_itself(request: HttpRequest) -> bool:
    """Whether a script asked for more, rather than a person for a page or an act (Fetch Metadata, Sec-Fetch-Mode)."""
    if request.method not in {"GET", "HEAD"}:
        return False
    # Of META, and not of `request.headers`, which are made when they are first asked for.
    return "HTTP_HX_REQUEST" in request.META or request.META.get("HTTP_SEC_FETCH_MODE", "navigate") != "navigate"


def _slug_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return str(match.kwargs["slug"]) if match is not None else ""


def _is_worth_noting(facts: Facts, now: float) -> bool:
    return facts.active_at is not None and now - facts.active_at > ACTIVE_TO_THE.total_seconds()
