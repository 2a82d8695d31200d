"""Bring what a visitor sent to the organisation's own endpoint: sealed as it came, tried again while it may wait.

It is taken out of its Valkey for each try, and put back for the next one; whatever kills a worker in between loses it,
and that is told. Only ids lie in the queue.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import redis
from django.db import transaction

from chat import broadcast
from chat.actions import form_endings, form_endpoints
from chat.models import FOR_ENDPOINT, FormRequest, FormState, Handling
from chat.secure_forms import facts, volatile
from chat.secure_forms.endpoint_call import Answer, Signer, call
from chat.secure_forms.outbound import CALL_S, NotReachedError, NotTakenError
from compliance import audit, audit_events
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.tasks_base import tenant_task
from tenants.tenancy import Kind

logger = logging.getLogger(__name__)

#: When a try that nobody tells the end of is given up.
FLIGHT: Final = timedelta(seconds=CALL_S + 6)
FIRST_PAUSE_S: Final = 2.0
MAX_PAUSE_S: Final = 60.0
#: How long one may wait for its next try before the job of every minute sends it on its way again.
FORGOTTEN_AFTER: Final = timedelta(seconds=MAX_PAUSE_S + 30)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is brought, where to, and by whose signature. In this process alone, and for seconds."""

    form_id: UUID
    address: str
    signer: Signer
    sealed: bytes
    body: bytes


@tenant_task(name="chat.forward_form", scope="by_batch", ids={"form_id": Kind.FORM})
def forward_form(tenant: Tenant, form_id: str, **_: object) -> None:
    """Try once to bring a form to its organisation's endpoint; where it is not there, try again later."""
    pause_s = forward(tenant_id=tenant.id, form_id=UUID(form_id))
    if pause_s is not None:
        forward_form.for_tenant(tenant.id).after(pause_s, form_id=form_id)


def send_soon(form: FormRequest) -> None:
    """Send a form on its way once it is committed that it was sent."""
    transaction.on_commit(partial(forward_form.for_tenant(form.tenant_id).delay, form_id=form.id), robust=True)


def send_forgotten(*, now: datetime) -> None:
    """Send those on their way again whose job was lost. Call it in the organisation's scope."""
    waiting = FormRequest.objects.filter(state=FormState.SUBMITTED, handling__in=FOR_ENDPOINT)
    for form in waiting:
        if now - (form.tried_at or form.submitted_at or now) > FORGOTTEN_AFTER:
            send_soon(form)


def forward(*, tenant_id: UUID, form_id: UUID) -> float | None:
    """Try once; return in how many seconds to try again, or None if that is over."""
    with tenant_scope(tenant_id):
        parcel = _taken_out(form_id, now=clock.now())
    if parcel is None:
        return None
    try:
        told = call(parcel.address, parcel.body, signer=parcel.signer, message=form_id, now=clock.now())
    except NotReachedError as error:
        logger.info("endpoint of secure forms not reached", extra={"reason": error.why})
        with tenant_scope(tenant_id):
            return _put_back(parcel, now=clock.now())
    except NotTakenError as error:
        told = Answer(is_accepted=False)
        logger.info("endpoint of secure forms refused", extra={"reason": error.why})
        with tenant_scope(tenant_id):
            _end(form_id, told, why=error.why, now=clock.now())
        return None
    with tenant_scope(tenant_id):
        _end(form_id, told, why="refused", now=clock.now())
    return None


def _taken_out(form_id: UUID, *, now: datetime) -> Parcel | None:
    form = _locked(form_id)
    if form is None or form.handling not in FOR_ENDPOINT:
        return None
    form_endings.settle(form, now=now)
    endpoint = form_endpoints.endpoint()
    if form.state != FormState.SUBMITTED or endpoint is None:
        return None
    try:
        sealed = volatile.take(form.tenant_id, form.id)
    except redis.RedisError:
        # It can't be said what is there. The job of every minute looks again.
        return None
    if sealed is None:
        form_endings.end(form, FormState.EXPIRED, why="lost", actor=Actor.system(), now=now)
        return None
    form.move(FormState.FORWARDING, until=now + FLIGHT)
    form.attempts, form.tried_at = form.attempts + 1, now
    form.save(update_fields=["state", "expires_at", "attempts", "tried_at"])
    broadcast.conversation_changed(form.conversation)
    signer = form_endpoints.signer_of(endpoint)
    return Parcel(form.id, endpoint.address, signer, sealed, facts.forwarded(form, sealed))


def _put_back(parcel: Parcel, *, now: datetime) -> float | None:
    """Let it wait for the next try, unless something ended it meanwhile, or that would come too late."""
    form = _in_flight(parcel.form_id)
    if form is None:
        return None
    until = form.submitted_at + timedelta(seconds=form.unread_s)
    pause_s = _pause_s(form.attempts)
    if form.why or now + timedelta(seconds=pause_s) >= until:
        state, why = (FormState.REVOKED, form.why) if form.why else (FormState.EXPIRED, "unreached")
        form_endings.end(form, state, why=why, actor=Actor.system(), now=now, is_answer=True)
        return None
    try:
        volatile.put(form.tenant_id, form.id, parcel.sealed, keep_s=int((until - now).total_seconds()))
    except (redis.RedisError, volatile.AlreadyThereError):
        form_endings.end(form, FormState.EXPIRED, why="lost", actor=Actor.system(), now=now, is_answer=True)
        return None
    form.move(FormState.SUBMITTED, until=until)
    form.save(update_fields=["state", "expires_at"])
    broadcast.conversation_changed(form.conversation)
    return pause_s


def _end(form_id: UUID, told: Answer, *, why: str, now: datetime) -> None:
    """Write down what became of it there."""
    form = _in_flight(form_id)
    if form is None:
        return
    is_asked = form.handling == Handling.ASK
    state = FormState.REFUSED
    if told.is_accepted and is_asked:
        state, why = (FormState.CHECKED, "") if told.match else (FormState.REFUSED, "unclear")
    elif told.is_accepted:
        state, why = FormState.FORWARDED, ""
    form.outcome = told.match if state == FormState.CHECKED else ""
    if state == FormState.FORWARDED and told.last_four:
        form.brand, form.last_four = told.brand, told.last_four
    audit.record(
        Actor.system(), audit_events.FORM_FORWARDED, form, at=now, kind=form.kind, key=form.endpoint_key_id,
        state=str(state), attempts=form.attempts,
    )  # fmt: skip
    receipt = told.receipt if state == FormState.FORWARDED else ""
    form_endings.end(form, state, why=why, actor=Actor.system(), now=now, receipt=receipt, is_answer=True)


def _in_flight(form_id: UUID) -> Any:
    form = _locked(form_id)
    return form if form is not None and form.state == FormState.FORWARDING else None


def _locked(form_id: UUID) -> FormRequest | None:
    return next(iter(form_endings.locked_forms(id=form_id)), None)


def _pause_s(attempts: int) -> float:
    """Doubling, at most a minute, the second half of it by chance: many that failed together do not come together."""
    whole: float = min(MAX_PAUSE_S, FIRST_PAUSE_S * 2 ** min(attempts - 1, 10))
    return whole / 2 + whole / 2 * secrets.randbelow(1000) / 1000
