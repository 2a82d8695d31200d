"""What a control asks of a chain, as data: counted by the service, and from the same chain by whoever checks it.

A plan is JSON: {"key", "events", "where", "rules"}. An entry belongs to the population if its event is one of `events`
and each fact in `where` has one of the values named. A rule says what is an exception:

    {"why", "events", "where"}                    each such entry
    {"why", "asked", "answered", "by", "days"}    each that asks, and is not answered in so many days; both are queries,
                                                  and belong together by their "object" or by a fact of that name

Each day the service writes into the chain how every control stands (`OBSERVED`): facts named after its key.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from compliance.verifier.entries import DAY, Entry, micros
from compliance.verifier.reading import instant, words_of

OBSERVED: Final = "controls.observed"
STATES: Final = ("ok", "due", "failing", "none")
ROW: Final = (
    "position", "id", "at", "event", "actor_kind", "actor_id", "object_kind", "object_id", "facts", "exception",
)  # fmt: skip
Row = tuple[Any, ...]


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def matches(query: Mapping[str, Any], event: str, facts: Mapping[str, Any]) -> bool:
    """Whether an entry is one that a query is about."""
    if event not in query["events"]:
        return False
    return all(facts.get(name) in values for name, values in query.get("where", {}).items())


class Tally:
    """Counts one control along a period, entry by entry. `carried`: what was asked before it and not answered."""

    def __init__(self, plan: Mapping[str, Any], carried: Iterable[Sequence[Any]] = ()) -> None:
        self.plan, self.key, self.rules = plan, plan["key"], plan["rules"]
        self.population = self.first = self.last = 0
        self.exceptions = [0] * len(self.rules)
        self.states = dict.fromkeys(STATES, 0)
        self.latest: dict[str, Any] = {}
        self.waiting: dict[tuple[int, str], Row] = {(one[0], one[1]): tuple(one[2:]) for one in carried}

    def events(self) -> set[str]:
        """Return the events of which it has to be told."""
        found = {OBSERVED, *self.plan["events"], *self.asking()}
        return found.union(*(rule["events"] for rule in self.rules if "events" in rule))

    def asking(self) -> set[str]:
        """Return those of which it has to be told from before the period."""
        pairs = [rule for rule in self.rules if "asked" in rule]
        return {event for rule in pairs for part in ("asked", "answered") for event in rule[part]["events"]}

    def remember(self, entry: Entry, facts: Mapping[str, Any]) -> None:
        """Take an entry from before the period."""
        for number, rule in enumerate(self.rules):
            if "asked" in rule:
                self._late(number, rule, entry, facts)

    def carried(self) -> list[list[Any]]:
        """Return what is asked and not answered so far, in the order in which it was asked."""
        found = [[*asked, *row] for asked, row in self.waiting.items()]
        return sorted(found, key=lambda one: (one[2], one[0], one[1]))

    def take(self, entry: Entry, facts: Mapping[str, Any]) -> list[Row]:
        """Take an entry of the period; return the rows it adds to the control's file."""
        rows: list[Row] = []
        whys = []
        for number, rule in enumerate(self.rules):
            if "asked" in rule:
                if (late := self._late(number, rule, entry, facts)) is not None:
                    rows.append(self._excepted(number, late))
            elif matches(rule, entry.event, facts):
                self.exceptions[number] += 1
                whys.append(rule["why"])
        is_observed = entry.event == OBSERVED and facts.get(self.key) in STATES
        if is_observed:
            facts = {name: facts[name] for name in sorted(facts) if f"{name}.".startswith(f"{self.key}.")}
            self.states[facts[self.key]] += 1
            self.latest = dict(facts)
        if is_counted := matches(self.plan, entry.event, facts):
            self.population += 1
            self.first, self.last = self.first or entry.position, entry.position
        if is_counted or whys or is_observed:
            text = json.dumps(facts, ensure_ascii=False) if is_observed else entry.facts
            rows.append((*_row_of(entry, text), "; ".join(whys)))
        return rows

    def end(self, until: int) -> list[Row]:
        """Return the rows of what was to be answered by the end of the period, in microseconds since 1970."""
        rows = []
        for number, _, *row in self.carried():
            if micros(row[2]) + self.rules[number]["days"] * DAY <= until:
                rows.append(self._excepted(number, tuple(row)))
        return rows

    def told(self) -> dict[str, Any]:
        """Return what was counted."""
        return {
            "population": self.population, "first": self.first, "last": self.last, "exceptions": self.exceptions,
            "open": len(self.waiting), "states": self.states, "latest": self.latest,
        }  # fmt: skip

    def _late(self, number: int, rule: Mapping[str, Any], entry: Entry, facts: Mapping[str, Any]) -> Row | None:
        """Note that something is asked or answered; return what was answered too late."""
        by = words_of(entry.object_id) if rule["by"] == "object" else str(facts.get(rule["by"], ""))
        if matches(rule["asked"], entry.event, facts):
            self.waiting.setdefault((number, by), _row_of(entry, entry.facts))
        elif matches(rule["answered"], entry.event, facts):
            row = self.waiting.pop((number, by), None)
            if row is not None and micros(row[2]) + rule["days"] * DAY < entry.at:
                return row
        return None

    def _excepted(self, number: int, row: Row) -> Row:
        self.exceptions[number] += 1
        return (*row, self.rules[number]["why"])


def _row_of(entry: Entry, facts: str) -> Row:
    return (
        entry.position, words_of(entry.id), instant(entry.at), entry.event, entry.actor_kind, words_of(entry.actor_id),
        entry.object_kind, words_of(entry.object_id), facts,
    )  # fmt: skip
