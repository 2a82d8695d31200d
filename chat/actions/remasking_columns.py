"""Mask small stored texts by newer rules, or count what rules would mask in them. It only adds masks."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q

from chat.models import INDEXED, Contact
from chat.models.columns import OF_CONTACTS, OF_ORGANISATIONS, OF_PEOPLE, TextColumn, by_model
from compliance.ingest import ingest
from compliance.masking import CARD_CLASS, MaskedText, MaskingError, MaskingPolicy
from compliance.registry import Caught
from compliance.rule_sets import RuleSetInForce
from compliance.sealed_text import remask
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.keyring import ring
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import TenantModel
from tenants.scoping import current_tenant_id

COLUMNS = by_model(chain(OF_CONTACTS, OF_ORGANISATIONS, OF_PEOPLE))


@dataclass(slots=True)
class RemaskedRows:
    """What one batch did; `last` is the id of the last row looked at."""

    looked_at: int = 0
    changed: int = 0
    failed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    caught: list[Caught] = field(default_factory=list)
    last: UUID | None = None


def remask_rows(*, rule_set: RuleSetInForce, after: UUID | None, limit: int) -> RemaskedRows:
    """Mask up to `limit` rows of small texts that older rules scanned, in the order of their ids over all tables.

    A text the masker cannot finish stays outdated for the next run; one that nobody can read has nothing to mask. Call
    it inside the tenant's scope.

    Raises:
        KeyProviderError: The organisation's keys are out of reach; nothing was done.
    """

    def outdated(model: type[TenantModel]) -> Any:
        return _outdated_rows(model, rule_set.number).select_for_update(skip_locked=True)

    def keep(row: Any, changed: list[str]) -> None:
        row.masked_with = rule_set.number
        # What was masked is no address or number any more, by which somebody could be found.
        stale = [f"{name}_token" for name in changed if isinstance(row, Contact) and name in INDEXED]
        for token in stale:
            setattr(row, token, None)
        row.save(update_fields=["masked_with", *changed, *stale])

    return _through(_batch(outdated, after, limit), rule_set, keep)


def count_every_row(*, policy: MaskingPolicy, after: UUID | None, limit: int) -> RemaskedRows:
    """Count what a policy would mask in up to `limit` rows. Nothing is written."""
    rule_set = RuleSetInForce(0, policy)
    return _through(_batch(_rows_with_text, after, limit), rule_set, lambda *_: None)


def has_outdated_rows(number: int) -> bool:
    """Whether older rules scanned a small text. Call it inside the tenant's scope."""
    return any(_outdated_rows(model, number).exists() for model in COLUMNS)


def count_outdated_rows(number: int) -> int:
    """How many rows of small texts older rules scanned. Call it inside the tenant's scope."""
    return sum(_outdated_rows(model, number).count() for model in COLUMNS)


def count_rows() -> int:
    """How many rows of small texts there are. Call it inside the tenant's scope."""
    return sum(_rows_with_text(model).count() for model in COLUMNS)


def _batch(rows_of: Callable[[type[TenantModel]], Any], after: UUID | None, limit: int) -> list[Any]:
    found: list[Any] = []
    for model in COLUMNS:
        rows = rows_of(model)
        found += (rows if after is None else rows.filter(id__gt=after)).order_by("id")[:limit]
    return sorted(found, key=lambda row: row.id)[:limit]


def _rows_with_text(model: type[TenantModel]) -> Any:
    has_text = Q()
    for column in COLUMNS[model]:
        has_text |= Q(**{f"{column.name}__isnull": False})
    rows: Any = model.objects
    return rows.filter(has_text)


def _outdated_rows(model: type[TenantModel], number: int) -> Any:
    return _rows_with_text(model).filter(masked_with__lt=number)


def _through(rows: list[Any], rule_set: RuleSetInForce, keep: Callable[[Any, list[str]], None]) -> RemaskedRows:
    # All at once: a contact's key costs a round trip, a text a few microseconds.
    contacts: set[UUID] = {row.contact_id for row in rows if getattr(row, "contact_id", None) is not None}
    ring.load_contact_ciphers(current_tenant_id(), contacts)
    done = RemaskedRows(looked_at=len(rows), last=rows[-1].id if rows else None)
    for row in rows:
        found: Counter[str] = Counter()
        try:
            changed = [column.name for column in COLUMNS[type(row)] if _remask_column(row, column, rule_set, found)]
        except MaskingError:
            done.failed += 1
            continue
        card_data = {entity: count for entity, count in found.items() if entity in CARD_CLASS}
        if card_data:
            kind, talk = row._meta.db_table, getattr(row, "conversation_id", None)
            done.caught.append(Caught(kind, row.id, talk, card_data, row.masked_with))
        done.counts += found
        done.changed += bool(changed)
        keep(row, changed)
    return done


def _remask_column(row: Any, column: TextColumn, rule_set: RuleSetInForce, counts: Counter[str]) -> bool:
    sealed = getattr(row, column.name)
    if sealed is None:
        return False
    try:
        changed = remask(column.slot_of(row), sealed, partial(_masked, column, rule_set, counts))
    except (KeyUnavailableError, UnreadableEnvelopeError):
        counts["UNREADABLE"] += 1
        return False
    if changed is not None:
        setattr(row, column.name, changed)
    return changed is not None


def _masked(column: TextColumn, rule_set: RuleSetInForce, counts: Counter[str], text: str) -> MaskedText:
    masked = ingest(text, surface=column.surface, rule_set=rule_set)
    counts.update(finding.entity for finding in masked.findings)
    return masked
