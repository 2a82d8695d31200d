"""A control: what an organisation is asked to keep, how it is counted along the audit trail, and how it stands now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from compliance.audit_events import CONTROLS_OBSERVED, REGISTER
from tenants.models import Tenant
from tenants.roles import Capability


class State(StrEnum):
    """How a control stands. The values are kept in the audit trail."""

    OK = "ok"
    DUE = "due"
    FAILING = "failing"
    NONE = "none"


STATE_WORDS: Final[Mapping[State, str]] = {
    State.OK: "In order", State.DUE: "Due", State.FAILING: "Failing", State.NONE: "No data",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How a control stands: the proof in words, the figures behind it, and by when something has to be done."""

    state: State
    proof: str
    figures: Mapping[str, int] = field(default_factory=dict)
    due_on: date | None = None


#: Asked inside the tenant's scope.
Look = Callable[[Tenant, datetime], Standing]


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a control is put right: a route of the organisation, what is done there, and who may."""

    page: str
    words: str
    capability: Capability | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    Args:
        key: A name; by it the figures of each day are found in the trail. Never changed.
        title: What is kept.
        says: The population in words, for an auditor.
        clauses: By framework (`compliance.verifier.evidence.FRAMEWORKS`).
        events: The population: entries of these events.
        where: Of those the ones with these facts.
        rules: What is an exception (`entries_of`, `unanswered`).
        look: How it stands now. Without one there are only the entries.
        fix: Where it is put right.
    """

    key: str
    title: str
    says: str
    clauses: Mapping[str, Sequence[str]]
    events: Sequence[str]
    where: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    rules: Sequence[Mapping[str, Any]] = ()
    look: Look | None = None
    fix: Fix | None = None

    def __post_init__(self) -> None:
        named = {*self.events}.union(*(_events_in(rule) for rule in self.rules))
        if unknown := named - REGISTER.keys():
            raise ValueError(f"{self.key}: {', '.join(sorted(unknown))}")

    def plan(self) -> dict[str, Any]:
        """Return what a pack holds of it, from which `compliance.verifier.tallies` counts."""
        return {
            "key": self.key, "title": self.title, "says": self.says,
            "clauses": {framework: list(clauses) for framework, clauses in self.clauses.items()},
            "events": list(self.events), "where": {name: list(values) for name, values in self.where.items()},
            "rules": [dict(rule) for rule in [*self.rules, *self._failing()]],
        }  # fmt: skip

    def _failing(self) -> list[dict[str, Any]]:
        """Each day on which it was found failing is an exception too."""
        if self.look is None:
            return []
        where = {self.key: [State.FAILING.value]}
        return [{"why": "found failing on this day", "events": [CONTROLS_OBSERVED], "where": where}]


def entries_of(why: str, *events: str, **where: Sequence[Any]) -> dict[str, Any]:
    """Say that each entry of these events is an exception."""
    return {"why": why, "events": list(events), "where": {name: list(values) for name, values in where.items()}}


def unanswered(
    why: str, asked: Sequence[str], answered: Sequence[str], *, days: int, by: str = "object"
) -> dict[str, Any]:
    """Say that each entry of `asked` is one that no entry of `answered` follows in so many days.

    They belong together by their object, or by a fact.
    """
    return {
        "why": why, "asked": {"events": list(asked)}, "answered": {"events": list(answered)}, "by": by, "days": days,
    }  # fmt: skip


def _events_in(rule: Mapping[str, Any]) -> set[str]:
    parts = [rule, rule.get("asked", {}), rule.get("answered", {})]
    return {event for part in parts for event in part.get("events", ())}
