"""Mask small stored texts by newer rules. It only adds masks."""

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q

from chat.models.columns import OF_CONTACTS, OF_ORGANISATIONS, TextColumn, by_model
from compliance.ingest import ingest
from compliance.masking import MaskedText, MaskingError
from compliance.rule_sets import RuleSetInForce
from compliance.sealed_text import remask
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import TenantModel

COLUMNS = by_model(chain(OF_CONTACTS, OF_ORGANISATIONS))


@dataclass(slots=True)
class RemaskedRows:
    """What one batch did; `last` is the id of the last row looked at."""

    looked_at: int = 0
    changed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    last: UUID | None = None


def remask_rows(*, rule_set: RuleSetInForce, after: UUID | None, limit: int) -> RemaskedRows:
    """Mask up to `limit` rows of small texts that older rules scanned, in the order of their ids over all tables.

    A text the masker cannot finish stays outdated for the next run; one that nobody can read has nothing to mask. Call
    it inside the tenant's scope.
    """
    found = [row for model in COLUMNS for row in _outdated(model, rule_set.number, after, limit)]
    done = RemaskedRows()
    for row in sorted(found, key=lambda row: row.id)[:limit]:
        done.looked_at += 1
        done.last = row.id
        _remask_row(row, rule_set, done)
    return done


def has_outdated_rows(number: int) -> bool:
    """Whether older rules scanned a small text. Call it inside the tenant's scope."""
    return any(_outdated_rows(model, number).exists() for model in COLUMNS)


def _outdated(model: type[TenantModel], number: int, after: UUID | None, limit: int) -> list[Any]:
    rows = _outdated_rows(model, number)
    if after is not None:
        rows = rows.filter(id__gt=after)
    return list(rows.order_by("id").select_for_update(skip_locked=True)[:limit])


def _outdated_rows(model: type[TenantModel], number: int) -> Any:
    has_text = Q()
    for column in COLUMNS[model]:
        has_text |= Q(**{f"{column.name}__isnull": False})
    rows: Any = model.objects
    return rows.filter(has_text, masked_with__lt=number)


def _remask_row(row: Any, rule_set: RuleSetInForce, done: RemaskedRows) -> None:
    fields = ["masked_with"]
    try:
        columns = COLUMNS[type(row)]
        fields += [column.name for column in columns if _remask_column(row, column, rule_set, done.counts)]
    except MaskingError:
        done.counts["FAILED"] += 1
        return
    row.masked_with = rule_set.number
    row.save(update_fields=fields)
    done.changed += len(fields) > 1


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
