"""Which secure forms an organisation has: those of the product, switched on or off, and its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chat.actions import form_endpoints, form_payments
from chat.models import FOR_ENDPOINT, FormKind, FormTemplate, Handling
from chat.models.secure_form import MAX_NAME
from chat.secure_forms.kinds import MAX_FIELDS, SHIPPED, BadFieldError, Field, Form, fields_of
from compliance import audit, audit_events
from compliance.ingest import refuse_sensitive
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

MAX_OWN: Final = 20


class NoSuchFormError(Exception):
    """The organisation has no such form."""


class TooManyFormsError(Exception):
    """It has as many forms of its own as one may have."""


def forms(*, with_off: bool = False) -> dict[str, Form]:
    """Return the organisation's forms that are on, by what they are chosen by. Call it in its scope."""
    rows = list(FormTemplate.objects.order_by("name", "id"))
    off = {row.kind for row in rows if not row.is_on and row.kind != FormKind.CUSTOM}
    handled = {row.kind: Handling(row.handling) for row in rows if row.kind != FormKind.CUSTOM}
    found = {
        kind: replace(form, handling=handled.get(kind, form.handling))
        for kind, form in SHIPPED.items()
        if with_off or kind not in off
    }
    own = {str(row.id): _own(row) for row in rows if row.kind == FormKind.CUSTOM and (with_off or row.is_on)}
    return found | own


def form_named(name: str) -> Form:
    """Return one that is on.

    Raises:
        NoSuchFormError: There is none.
    """
    try:
        return forms()[name]
    except KeyError:
        raise NoSuchFormError from None


def add_form(*, name: str, fields: Sequence[dict[str, Any]], actor: Membership, now: datetime) -> FormTemplate:
    """Make a form of the organisation's own.

    Raises:
        NotPermittedError: The member may not.
        BadFieldError: A field is none, or there are too few or too many.
        HoldsSensitiveDataError: A label or the name holds what must not be kept.
        MaskingError: That could not be looked at.
        TooManyFormsError: There are too many.
    """
    require(actor, Capability.MANAGE_FORMS)
    wanted = fields_of(fields)
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise BadFieldError
    refuse_sensitive("\n".join((name, *(field.label for field in wanted))))
    if FormTemplate.objects.filter(kind=FormKind.CUSTOM).count() >= MAX_OWN:
        raise TooManyFormsError
    row: FormTemplate = FormTemplate.objects.create(
        tenant_id=actor.tenant_id, kind=FormKind.CUSTOM, name=name.strip(), changed_at=now,
        fields=[field.kept() for field in wanted],
    )  # fmt: skip
    _record(actor, row, "added", now)
    return row


def switch_form(*, chosen: str, is_on: bool, actor: Membership, now: datetime) -> FormTemplate:
    """Let a form be asked for, or no more. What is under way goes on.

    Raises:
        NotPermittedError: The member may not.
        NoSuchFormError: There is none.
    """
    require(actor, Capability.MANAGE_FORMS)
    row = _locked_any(chosen, actor, now)
    if row.is_on != is_on:
        row.is_on, row.changed_at = is_on, now
        row.save(update_fields=["is_on", "changed_at"])
        _record(actor, row, "switched_on" if is_on else "switched_off", now)
    return row


def handle_form(*, chosen: str, handling: Handling, actor: Membership, now: datetime) -> FormTemplate:
    """Decide what becomes of what visitors send by a form. What is under way goes on as it was asked.

    Raises:
        NotPermittedError: The member may not.
        NoSuchFormError: There is none, or it is no card that a payment provider could take.
        NoEndpointError, NoAccountError: It would go to an endpoint, or a payment provider, that is not there.
    """
    require(actor, Capability.MANAGE_FORMS)
    row = _locked_any(chosen, actor, now)
    if handling in FOR_ENDPOINT:
        form_endpoints.key_for_forms()
    if handling == Handling.PAY:
        if row.kind != FormKind.CARD:
            raise NoSuchFormError
        form_payments.require_account()
    if row.handling != handling:
        row.handling, row.changed_at = handling, now
        row.save(update_fields=["handling", "changed_at"])
        audit.record(
            Actor.member(actor), audit_events.FORM_TEMPLATE_CHANGED, row, at=now, act="handling", kind=row.kind,
            handling=str(handling),
        )  # fmt: skip
    return row


def remove_form(*, template_id: UUID, actor: Membership, now: datetime) -> None:
    """Take a form of the organisation's own away. Requests made of it keep their fields.

    Raises:
        NotPermittedError: The member may not.
        NoSuchFormError: There is none.
    """
    require(actor, Capability.MANAGE_FORMS)
    row = _locked_own(str(template_id))
    _record(actor, row, "removed", now)
    row.delete()


def questions(labels: Sequence[tuple[str, str, bool]]) -> list[dict[str, Any]]:
    """Return fields as `add_form` takes them, of labels, types, and whether each is required."""
    given = [(label.strip(), kind, needed) for label, kind, needed in labels if label.strip()][: MAX_FIELDS + 1]
    return [
        {"key": f"f{place}", "label": label, "type": kind, "is_required": needed}
        for place, (label, kind, needed) in enumerate(given)
    ]


def _own(row: FormTemplate) -> Form:
    fields = tuple(Field.of(each) for each in row.fields)
    return Form(row.kind, row.name, "A form of your own", "file-text", fields, handling=Handling(row.handling))


def _locked_any(chosen: str, actor: Membership, now: datetime) -> FormTemplate:
    if chosen not in SHIPPED:
        return _locked_own(chosen)
    row: FormTemplate
    row, _ = FormTemplate.objects.select_for_update().get_or_create(
        tenant_id=actor.tenant_id, kind=chosen, defaults={"changed_at": now}
    )
    return row


def _locked_own(form: str) -> FormTemplate:
    try:
        wanted = UUID(form)
    except ValueError:
        raise NoSuchFormError from None
    row: FormTemplate | None = FormTemplate.objects.select_for_update().filter(id=wanted, kind=FormKind.CUSTOM).first()
    if row is None:
        raise NoSuchFormError
    return row


def _record(actor: Membership, row: FormTemplate, act: str, now: datetime) -> None:
    audit.record(Actor.member(actor), audit_events.FORM_TEMPLATE_CHANGED, row, at=now, act=act, kind=row.kind)
