"""Cards that a payment provider takes on a page of its own: what comes back is a token, a brand and the last four.

Each call of the provider is made outside of every transaction. Its messages only say where to look, so that they may
come late, twice, out of order, or not at all: a job looks every minute besides.
"""

import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from chat.actions import form_endings
from chat.actions.form_endings import FormEndedError
from chat.actions.row_secrets import PAY_SECRET_KEY, PAY_WEBHOOK_SECRET, opened, sealed
from chat.models import FormRequest, FormState, Handling, PaymentAccount, Provider
from chat.secure_forms.outbound import NotReachedError, NotTakenError
from chat.secure_forms.stripe import SECRET_KEY, WEBHOOK_SECRET, Stripe
from chat.secure_forms.tokenizer import PaymentTokenizer, Progress, Session, Taken
from compliance import audit, audit_events
from helpdesk.core import clock
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Membership, Tenant
from tenants.permissions import require
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.tasks_base import tenant_task
from tenants.tenancy import Kind

logger = logging.getLogger(__name__)

CLOSED_BY_ITSELF: Final = timedelta(hours=1)


class NoAccountError(Exception):
    """The organisation has no account at a payment provider."""


class BadSecretError(ValueError):
    """It has not the shape of the provider's secrets."""


def account() -> PaymentAccount | None:
    """Return the account of the organisation in scope."""
    found: PaymentAccount | None = PaymentAccount.objects.first()
    return found


def require_account() -> PaymentAccount:
    """Return the account of the organisation in scope.

    Raises:
        NoAccountError: There is none.
    """
    if (found := account()) is None:
        raise NoAccountError
    return found


def connect_account(*, secret_key: str, webhook_secret: str, actor: Membership, now: datetime) -> PaymentAccount:
    """Take an account at Stripe, in the place of the one before.

    Raises:
        NotPermittedError: The member may not.
        BadSecretError: One of the two has not the shape of one.
    """
    require(actor, Capability.MANAGE_FORMS)
    if not SECRET_KEY.fullmatch(secret_key) or not WEBHOOK_SECRET.fullmatch(webhook_secret):
        raise BadSecretError
    before = PaymentAccount.objects.select_for_update().first()
    row_id = before.id if before is not None else uuid7()
    kept = {
        "provider": Provider.STRIPE,
        "secret_key": sealed(PAY_SECRET_KEY, actor.tenant_id, row_id, secret_key.encode()),
        "webhook_secret": sealed(PAY_WEBHOOK_SECRET, actor.tenant_id, row_id, webhook_secret.encode()),
        "connected_at": now,
    }
    row: PaymentAccount
    row, _ = PaymentAccount.objects.update_or_create(
        tenant_id=actor.tenant_id, defaults=kept, create_defaults=kept | {"id": row_id}
    )
    _record(actor, row, "connected", now)
    return row


def disconnect_account(*, actor: Membership, now: datetime) -> None:
    """Let no card be taken there any more; what is under way ends.

    Raises:
        NotPermittedError: The member may not.
    """
    require(actor, Capability.MANAGE_FORMS)
    row = PaymentAccount.objects.select_for_update().first()
    if row is None:
        return
    _record(actor, row, "disconnected", now)
    row.delete()
    form_endings.look_after(now=now)


def account_to_try(*, actor: Membership) -> PaymentTokenizer:
    """Return how the account is spoken with, for a member who wants to see whether it answers.

    Raises:
        NotPermittedError: The member may not.
        NoAccountError: There is none.
    """
    require(actor, Capability.MANAGE_FORMS)
    return tokenizer_of(require_account())


def tokenizer_of(row: PaymentAccount) -> PaymentTokenizer:
    """Return how an account's provider is spoken with."""
    secrets = (opened(column, row.tenant_id, row.id, bytes(getattr(row, column.name)))
               for column in (PAY_SECRET_KEY, PAY_WEBHOOK_SECRET))  # fmt: skip
    return Stripe(*(secret.decode() for secret in secrets))


def begin(*, tenant_id: UUID, form_id: UUID, back: str) -> Session:
    """Return the provider's page for a form that its visitor has open. Call it outside of every scope.

    Raises:
        NoAccountError: There is no account any more.
        FormEndedError, NotReachedError, NotTakenError: As their names say.
    """
    with tenant_scope(tenant_id):
        form = FormRequest.objects.get(id=form_id)
        tokenizer = tokenizer_of(require_account())
    session = tokenizer.create_session(reference=form_id, back=back, until=form.expires_at)
    with tenant_scope(tenant_id):
        state = _lead_to(form_id, session, now=clock.now())
    if state:
        raise FormEndedError(state)
    return session


@tenant_task(name="chat.look_up_payment", scope="by_batch", ids={"form_id": Kind.FORM})
def look_up_payment(tenant: Tenant, form_id: str, **_: object) -> None:
    """Ask the provider how far a form's page has come; close the page of one that has ended."""
    pause_s = look_up(tenant_id=tenant.id, form_id=UUID(form_id))
    if pause_s is not None:
        look_up_payment.for_tenant(tenant.id).after(pause_s, form_id=form_id)


def look_soon(form: FormRequest) -> None:
    """Have it asked once what is under way is committed."""
    transaction.on_commit(partial(look_up_payment.for_tenant(form.tenant_id).delay, form_id=form.id), robust=True)


def look_at_all() -> None:
    """Have it asked for every form under way: a message may have been lost. Call it in the organisation's scope."""
    for form in FormRequest.objects.filter(ended_at=None, handling=Handling.PAY).exclude(pay_session=""):
        look_soon(form)


def heard(*, headers: Any, body: bytes, now: datetime) -> None:
    """Take a provider's message; what it tells of is looked up. Call it in the organisation's scope.

    Raises:
        NoAccountError: There is no account.
        BadWebhookError: The provider did not send this, or not now.
    """
    session_id = tokenizer_of(require_account()).verify_webhook(headers, body, now=now)
    if session_id:
        for form in FormRequest.objects.filter(pay_session=session_id):
            look_soon(form)


def look_up(*, tenant_id: UUID, form_id: UUID) -> float | None:
    """Ask once; return in how many seconds to ask again, or None if that is over or somebody else does."""
    with tenant_scope(tenant_id):
        form, row = _settled(form_id, now=clock.now()), account()
        if form is None or row is None or form.state == FormState.TOKENIZED:
            return None
        tokenizer = tokenizer_of(row)
    try:
        if not form.is_live:
            tokenizer.end_session(form.pay_session)
            return None
        taken = tokenizer.token(form.pay_session)
    except NotReachedError as error:
        logger.info("payment provider not reached", extra={"reason": error.why})
        # One that is under way is asked for by the job of every minute.
        return None if form.is_live else _again_s(form.ended_at)
    except NotTakenError as error:
        logger.warning("payment provider refused", extra={"reason": error.why})
        return None
    with tenant_scope(tenant_id):
        _note(form_id, taken, now=clock.now())
    return None


def _again_s(ended_at: Any) -> float | None:
    """The provider closes its page by itself after an hour; until then we try to."""
    passed = clock.now() - ended_at
    return max(10.0, passed.total_seconds()) if passed < CLOSED_BY_ITSELF else None


def _lead_to(form_id: UUID, session: Session, *, now: datetime) -> str:
    """Note the page of a form; of one that has ended while it was made have it closed, and return as what it ended."""
    form = next(iter(form_endings.locked_forms(id=form_id)), None)
    if form is None:
        return FormState.CANCELLED
    if form.pay_session or not form.is_live:
        # Asked for again: whoever comes back from the page may have given a card there.
        look_soon(form)
    if form.pay_session != session.id:
        form.pay_session = session.id
        form.save(update_fields=["pay_session"])
        audit.record(form_endings.visitor_of(form), audit_events.PAYMENT_PAGE_MADE, form, at=now, kind=form.kind)
    return "" if form.is_live else form.state


def _settled(form_id: UUID, *, now: datetime) -> FormRequest | None:
    form = next(iter(form_endings.locked_forms(id=form_id)), None)
    if form is None or not form.pay_session:
        return None
    form_endings.settle(form, now=now)
    return form


def _note(form_id: UUID, taken: Taken, *, now: datetime) -> None:
    form = _settled(form_id, now=now)
    if form is None or not form.is_live or taken.progress == Progress.OPEN:
        return
    if taken.progress == Progress.OVER:
        form_endings.end(form, FormState.EXPIRED, why="unsent", actor=Actor.system(), now=now)
        return
    form.token, form.brand, form.last_four = taken.token, taken.brand, taken.last_four
    form_endings.end(form, FormState.TOKENIZED, actor=Actor.system(), now=now, receipt=taken.token)


def _record(actor: Membership, row: PaymentAccount, act: str, now: datetime) -> None:
    audit.record(Actor.member(actor), audit_events.PAYMENT_ACCOUNT_CHANGED, row, at=now, act=act, provider=row.provider)
