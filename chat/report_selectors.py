"""Reads of the queue of reports about masking. Call them inside the tenant's scope."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, QuerySet

from chat.models import MaskingReport, ReportState
from compliance.masking_choice.words import entity_name

ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report about masking as the queue shows it: shapes and words, never a value."""

    id: UUID
    reference: str
    kind: str
    kind_label: str
    name: str
    detector: str
    before: str
    value: str
    after: str
    words: tuple[str, ...]
    masked_now: bool
    reported_by: str
    reported_at: datetime
    state: str
    state_label: str
    decision: str
    decided_by: str
    decided_at: datetime | None


def counts() -> dict[str, int]:
    """Return how many reports there are in each state."""
    counted = MaskingReport.objects.values("state").annotate(count=Count("id"))
    return {row["state"]: row["count"] for row in counted.order_by()}


def rows(state: str) -> list[ReportRow]:
    """Return the newest reports of a state; what waits, the oldest first."""
    found = _reports().filter(state=state)
    ordered = found.order_by("reported_at", "id") if state == ReportState.NEW else found.order_by("-decided_at", "-id")
    return [row_of(report) for report in ordered[:ROWS]]


def report(report_id: UUID) -> MaskingReport | None:
    """Return a report with its message and people. Call it inside the tenant's scope."""
    found: MaskingReport | None = _reports().filter(id=report_id).first()
    return found


def row_of(report: MaskingReport) -> ReportRow:
    """Return a report as it is shown."""
    decided_by = report.decided_by
    return ReportRow(
        id=report.id,
        reference=report.reference,
        kind=report.kind,
        kind_label=report.get_kind_display(),
        name=entity_name(report.entity),
        detector=report.detector,
        before=report.before,
        value=report.value,
        after=report.after,
        words=tuple(report.words),
        masked_now=report.masked_now,
        reported_by=report.reported_by.user.name,
        reported_at=report.reported_at,
        state=report.state,
        state_label=report.get_state_display(),
        decision=report.get_reason_display() or report.get_outcome_display(),
        decided_by=decided_by.user.name if decided_by is not None else "",
        decided_at=report.decided_at,
    )


def _reports() -> QuerySet[MaskingReport]:
    return MaskingReport.objects.select_related("message", "reported_by__user", "decided_by__user")
