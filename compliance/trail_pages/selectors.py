"""The trail, page by page, and how it stands. Call these inside the tenant's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from compliance import audit_events, trail_expiry
from compliance.audit_events import REGISTER
from compliance.models import AnchorKey, AuditEntry, TrailView
from compliance.selectors import AuditLine, lines_of
from compliance.trail_pages.forms import TrailForm, label_of
from compliance.verifier.entries import EPOCH, MICROSECOND, micros
from tenants.models import Membership

SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class TrailLine:
    """An entry as the page shows it. `position`: its place in the chain; None while it waits."""

    line: AuditLine
    label: str
    kind: str
    position: int | None
    object_id: UUID | None


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, newest first. `older`: where the page after this one begins; empty at the end."""

    lines: Sequence[TrailLine]
    older: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the chain stands: entries sealed in all, of them expired, and waiting; what was found last, and when."""

    sealed: int
    expired: int
    waiting: int
    verified_at: datetime | None
    broken_at: int | None
    key: str


def entries(wanted: Q | None) -> QuerySet[AuditEntry]:
    """Return the entries that are looked for."""
    found = AuditEntry.objects.annotate(object_text=Cast("object_id", TextField()))
    return found.filter(wanted) if wanted else found


def page(wanted: Q | None, *, before: str = "") -> TrailPage:
    """Return one page. A place that is none is the beginning."""
    found = entries(wanted)
    if (place := _place(before)) is not None:
        at, entry_id = place
        found = found.filter(Q(at__lt=at) | Q(at=at, id__lt=entry_id))
    rows = list(found.order_by("-at", "-id")[: SHOWN + 1])
    shown = rows[:SHOWN]
    lines = [
        TrailLine(line, label_of(entry.event), str(REGISTER.get(entry.event, "")), entry.position, entry.object_id)
        for entry, line in zip(shown, lines_of(shown), strict=True)
    ]
    last = shown[-1] if len(rows) > SHOWN else None
    return TrailPage(lines, f"{micros(last.at)}~{last.id}" if last else "")


def standing() -> Standing:
    """Return how the chain stands."""
    sealed = AuditEntry.objects.exclude(position=None).order_by("-position").values_list("position", flat=True).first()
    looked = AuditEntry.objects.filter(event__in=(audit_events.AUDIT_VERIFIED, audit_events.AUDIT_BROKEN))
    last = looked.order_by("-at", "-id").first()
    is_broken = last is not None and last.event == audit_events.AUDIT_BROKEN
    key = AnchorKey.objects.order_by("-number").values_list("public", flat=True).first()
    return Standing(
        sealed=sealed or 0,
        expired=trail_expiry.begin().position,
        waiting=AuditEntry.objects.filter(position=None).count(),
        verified_at=last.at if last else None,
        broken_at=last.facts.get("position") if last and is_broken else None,
        key=key or "",
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """Filters that a member keeps, and what they look for in words."""

    id: UUID
    query: str
    words: str
    is_shown: bool


def kept(membership: Membership, form: TrailForm, *, query: str) -> list[Kept]:
    """Return what a member keeps, oldest first; `form` knows the names of what can be chosen."""
    views = TrailView.objects.filter(membership=membership).order_by("saved_at", "id")
    return [
        Kept(view.id, view.query, form.words_of(dict(parse_qsl(view.query))), view.query == query) for view in views
    ]


def members() -> list[Membership]:
    """Return everyone who is or was a member, by name."""
    return list(Membership.objects.select_related("user").order_by("user__name", "id"))


def _place(before: str) -> tuple[datetime, UUID] | None:
    at, _, entry_id = before.partition("~")
    try:
        return EPOCH + int(at) * MICROSECOND, UUID(entry_id)
    except (ValueError, OverflowError):
        return None
