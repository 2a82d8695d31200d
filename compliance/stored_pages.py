"""What the pages of stored chats and incidents show. Call these inside the tenant's scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from compliance import proposals, registry, rule_sets
from compliance.masking_choice.words import ENTITY_WORDS
from compliance.models import (
    UNDER_WAY,
    Incident,
    IncidentCause,
    IncidentRecord,
    JobKind,
    JobRun,
    ProposalOrigin,
    ProposalState,
    RuleSet,
    RuleSetProposal,
)
from helpdesk.core.ids import reference
from tenants.models import Membership, Tenant
from tenants.policy_table import POLICIES

RUNS_SHOWN: Final = 10
RECORDS_SHOWN: Final = 50
#: Counts of a run that are no kinds of data.
UNREADABLE: Final = "UNREADABLE"
PLACES: Final = {
    "chat_message.body": "Message",
    "chat_contact": "Name, e-mail or phone",
    "chat_conversation": "Subject, page or referrer",
    "chat_prechatanswer": "Answer before the chat",
    "chat_prechatfield": "Question before the chat",
    "chat_cannedresponse": "Canned response",
    "compliance_incident": "Note of an incident",
}

_OTHER_SETTINGS: Final = {
    "mode.hipaa": "HIPAA mode",
    "mode.pci": "PCI mode",
    "retention.conversation": "How long conversations are kept",
    "unknown": "A setting that there is not",
}

Kinds = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as a person reads it."""

    run: JobRun
    kinds: Kinds
    unreadable: int
    time_left: str


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A rule set on trial, with what was counted."""

    proposal: RuleSetProposal
    dry_run: RunLine | None
    shadow: RunLine | None
    is_release: bool
    may_shadow: bool
    may_activate: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One text of an incident."""

    reference: str
    conversation_id: UUID | None
    place: str
    kinds: Kinds
    let_pass: int


def kinds_of(counts: Mapping[str, int]) -> Kinds:
    """Return kinds of data by their names for people, the most frequent first."""
    known = [(_name_of(entity), count) for entity, count in counts.items() if entity != UNREADABLE and count]
    return sorted(known, key=lambda pair: (-pair[1], pair[0]))


def _name_of(kind: str) -> str:
    """The name of a kind of data, or of a setting, for people."""
    if kind in POLICIES:
        return POLICIES[kind].explanation
    return ENTITY_WORDS.get(kind, (_OTHER_SETTINGS.get(kind, kind), ""))[0]


def line_of(run: JobRun) -> RunLine:
    left = run.time_left
    return RunLine(run, kinds_of(run.counts), run.counts.get(UNREADABLE, 0), "" if left is None else spoken(left))


def spoken(span: timedelta) -> str:
    """Return a span of time in the words of someone who waits for it."""
    seconds = span.total_seconds()
    if seconds < 60:
        return "less than a minute"
    if seconds < 3600:
        return f"about {round(seconds / 60)} min"
    if seconds < 48 * 3600:
        return f"about {round(seconds / 3600)} h"
    return f"about {round(seconds / 86400)} days"


def current_run() -> RunLine | None:
    """Return the re-scan that is under way."""
    run = JobRun.objects.filter(kind=JobKind.RESCAN, state__in=UNDER_WAY).first()
    return None if run is None else line_of(run)


def past_runs() -> list[RunLine]:
    """Return the re-scans that are over, the newest first."""
    runs = JobRun.objects.filter(kind=JobKind.RESCAN).exclude(state__in=UNDER_WAY).order_by("-started_at", "-id")
    return [line_of(run) for run in runs[:RUNS_SHOWN]]


def rules_in_force(tenant: Tenant) -> RuleSet:
    """Return the rule set that masks what is said now."""
    number = rule_sets.current(tenant).number
    found: RuleSet = RuleSet.objects.get(number=number)
    return found


def texts_behind(number: int) -> int:
    """Return how many stored texts older rule sets scanned."""
    return sum(store.count_outdated(number) for store in registry.stores())


def on_trial() -> TrialLine | None:
    """Return the rule set that is on trial."""
    proposal = proposals.open_proposal()
    if proposal is None:
        return None
    dry, shadow = proposal.dry_run, proposal.shadow_run
    is_release = proposal.origin == ProposalOrigin.RELEASE
    return TrialLine(
        proposal,
        None if dry is None else line_of(dry),
        None if shadow is None else line_of(shadow),
        is_release,
        may_shadow=proposal.state == ProposalState.COUNTED and not is_release,
        may_activate=proposal.state != ProposalState.COUNTING,
    )


def records_of(incident: Incident) -> list[Record]:
    """Return the texts of an incident, each once."""
    rows = IncidentRecord.objects.filter(incident=incident).order_by("record_id", "entity")
    texts: dict[UUID, list[IncidentRecord]] = {}
    for row in rows[: RECORDS_SHOWN * 4]:
        texts.setdefault(row.record_id, []).append(row)
    return [_record(rows) for rows in list(texts.values())[:RECORDS_SHOWN]]


def steps_of(incident: Incident) -> list[tuple[str, datetime, str]]:
    """Return what happened to an incident: what, when, by whom."""
    acts = [
        (_opened_by(incident), incident.opened_at, None),
        ("Owners told by mail", incident.told_at, None),
        ("Acknowledged", incident.acknowledged_at, incident.acknowledged_by),
        ("Decided on", incident.decided_at, incident.decided_by),
        ("Closed", incident.closed_at, incident.closed_by),
    ]
    ids = [by for _, _, by in acts if by is not None]
    names = {one.id: one.user.name for one in Membership.objects.filter(id__in=ids).select_related("user")}
    return [(what, at, "" if by is None else names.get(by, "Hushdesk operator")) for what, at, by in acts if at]


OPENED_BY: Final = {
    IncidentCause.DRIFT: "Opened by the watch over settings",
    IncidentCause.TRAIL: "Opened by the watch over the audit trail",
    IncidentCause.PROBE: "Opened by the watch over who asks",
    IncidentCause.CONTROL: "Opened by the watch over controls",
    IncidentCause.PERSON: "Opened by a report",
}


def _opened_by(incident: Incident) -> str:
    if incident.cause != IncidentCause.CARD:
        return OPENED_BY[IncidentCause(incident.cause)]
    return "Opened by a report" if incident.report_id else "Opened by the re-scan"


def _record(rows: Sequence[IncidentRecord]) -> Record:
    first = rows[0]
    kinds = kinds_of({row.entity: row.count for row in rows})
    place = PLACES.get(first.record_kind, first.record_kind)
    return Record(reference(first.record_id), first.conversation_id, place, kinds, first.let_pass)
