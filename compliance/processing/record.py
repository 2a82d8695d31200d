"""The record of processing activities (GDPR, article 30(1)), made of the table of columns and of what is in force.

It says what an organisation does with data by means of this service; what else it does with it is for the organisation
to add. Call everything here inside the organisation's scope.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.apps import apps
from django.conf import settings

from compliance import retention
from compliance.agreements import standing
from compliance.models import RecordClass
from compliance.processing.terms import Category, Held, Kept, Persons, Purpose, Rows, every_row, recipients_of_apps
from compliance.retention import Keeping
from compliance.sealed_text import SealedTextField
from tenants import policies
from tenants.models import Membership, Tenant
from tenants.policies import modes_on
from tenants.policy_names import FACTOR_AGENTS, SESSION_IDLE, SUPPORT_ACCESS
from tenants.policy_rows.row import MODES
from tenants.roles import ROLE_CAPABILITIES, Capability, Role

LAW: Final = "GDPR, article 30(1)"
SEALED: Final = "masked, then sealed with a key of the person's or the organisation's"
COLUMNS: Final = ("purpose", "persons", "category", "table", "column", "kept", "how it is kept")


class Line(NamedTuple):
    """One thing that is said, under a title."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column that holds something of people."""

    table: str
    name: str
    category: Category
    persons: tuple[Persons, ...]
    kept: str
    how: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What is done for one purpose."""

    purpose: Purpose
    columns: tuple[Column, ...]

    @property
    def persons(self) -> list[Persons]:
        found = {each for column in self.columns for each in column.persons}
        return [each for each in Persons if each in found]

    @property
    def categories(self) -> list[Category]:
        found = {column.category for column in self.columns}
        return [each for each in Category if each in found]

    @property
    def kept(self) -> list[str]:
        return list(dict.fromkeys(column.kept for column in self.columns))


@dataclass(frozen=True, slots=True)
class Record:
    """All of it: (a) who answers for it, (b) to (d), (e) transfers, (f) beside each activity, (g) measures."""

    organisation: str
    owners: Sequence[Line]
    made_at: datetime
    activities: Sequence[Activity]
    recipients: Sequence[Line]
    transfers: Sequence[str]
    measures: Sequence[Line]

    def as_json(self) -> str:
        """Return it for machines; the same moment and the same settings give the same text."""
        return json.dumps(
            {
                "record": LAW,
                "made_at": self.made_at.isoformat(),
                "controller": {
                    "name": self.organisation,
                    "owners": [{"name": one.title, "email": one.text} for one in self.owners],
                },
                "activities": [_told(one) for one in self.activities],
                "recipients": [{"recipient": one.title, "receives": one.text} for one in self.recipients],
                "transfers": list(self.transfers),
                "measures": [{"measure": one.title, "text": one.text} for one in self.measures],
            },
            ensure_ascii=False,
            indent=1,
        )  # fmt: skip

    def as_csv(self) -> str:
        """Return its activities as CSV (RFC 4180), a line for each column."""
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow(COLUMNS)
        lines.writerows(
            (activity.purpose.label, _words(one.persons), one.category.label, one.table, one.name, one.kept, one.how)
            for activity in self.activities
            for one in activity.columns
        )
        return text.getvalue()


def record_of(tenant: Tenant, *, now: datetime) -> Record:
    """Return an organisation's record as it is now."""
    keepings = {one.rule.record_class: one for one in retention.everything_kept(tenant)}
    rows = [row for row in every_row() if row.of is not Persons.NOBODY]
    made = [Activity(purpose, tuple(_columns_for(purpose, rows, keepings))) for purpose in Purpose]
    owners = Membership.objects.filter(role=Role.OWNER, is_active=True).select_related("user").order_by("created_at")
    return Record(
        organisation=tenant.name,
        owners=[Line(owner.user.name, owner.user.email) for owner in owners],
        made_at=now,
        activities=[activity for activity in made if activity.columns],
        recipients=_recipients(tenant),
        transfers=_transfers(tenant),
        measures=_measures(tenant),
    )


def _columns_for(purpose: Purpose, rows: Sequence[Rows], keepings: dict[RecordClass, Keeping]) -> Iterator[Column]:
    for row in rows:
        if row.purpose is not purpose:
            continue
        kept = _kept(row.kept, keepings)
        for name, held in row.each():
            if held.category is not Category.NONE:
                yield Column(row.model, name, held.category, (row.of, *row.also), kept, _how(row, name, held))


def _kept(kept: RecordClass | Kept, keepings: dict[RecordClass, Keeping]) -> str:
    if isinstance(kept, Kept):
        return kept.label
    keeping = keepings[kept]
    if keeping.days is None:
        return f"{kept.label}: {keeping.rule.without}"
    days = "1 day" if keeping.days == 1 else f"{keeping.days} days"
    return f"{kept.label}: {days} after {keeping.rule.counted_from}"


def _how(row: Rows, name: str, held: Held) -> str:
    field = apps.get_model(row.model)._meta.get_field(name)
    return SEALED if isinstance(field, SealedTextField) else held.plain


def _recipients(tenant: Tenant) -> list[Line]:
    readers = [Role(role).label for role, may in ROLE_CAPABILITIES.items() if Capability.READ_CONVERSATIONS in may]
    support = policies.in_force(tenant, SUPPORT_ACCESS)
    return [
        Line(f"Members who read conversations: {', '.join(readers)}", "What visitors say and who they are"),
        Line(
            "Operators of the service, as your processor",
            "States, counts and names of members; what was said only where you let them in "
            f"({support.explanation}: {support.words})",
        ),
        Line("The mail servers of those who are written to", "Addresses, links and codes; nothing that was said"),
        *(Line(f"{one.name}, sub-processor, {one.place}", one.purpose) for one in standing.subprocessors()),
        *(Line(*one) for one in recipients_of_apps(tenant)),
    ]


def _transfers(tenant: Tenant) -> list[str]:
    kept_in = f"Everything is kept in the region that you chose: {tenant.get_region_display()}."
    return [
        f"{kept_in} The service hands nothing on to another region by itself.",
        "Mails go to where their addressees have them; members and visitors read from where they are.",
    ]


def _measures(tenant: Tenant) -> list[Line]:
    factor, idle = policies.in_force(tenant, FACTOR_AGENTS), policies.in_force(tenant, SESSION_IDLE)
    modes = [MODES[mode] for mode in modes_on(tenant)]
    return [
        Line(
            "Kept apart",
            "The database itself keeps organisations apart (row-level security, forced), beside our own checks.",
        ),
        Line(
            "Masked",
            "Card numbers, ids and what else you chose are masked before anything is stored, and stored texts are "
            "scanned again as rules improve.",
        ),
        Line(
            "Sealed",
            "Texts, details and files are sealed with AES-256-GCM under a key of each visitor, locked by keys of the "
            "organisation. Erasing a visitor destroys the key.",
        ),
        Line(
            "Let in", f"{factor.explanation}: {factor.words}. {idle.explanation}: {idle.words}. Roles say who may what."
        ),
        Line(
            "Recorded", "Changes and disclosures are entries of a chained audit trail, anchored outside the database."
        ),
        Line(
            "Erased",
            "What is past its time goes every night, unless a legal hold keeps it; backups are kept for "
            f"{settings.BACKUP_KEEP_DAYS} days.",
        ),
        Line("Modes", f"On: {', '.join(modes)}." if modes else "HIPAA and PCI mode are off."),
    ]


def _told(activity: Activity) -> dict[str, Any]:
    return {
        "purpose": activity.purpose.label,
        "persons": [each.label for each in activity.persons],
        "categories": [each.label for each in activity.categories],
        "kept": activity.kept,
        "columns": [
            {
                "table": one.table, "column": one.name, "category": one.category.value,
                "persons": [each.value for each in one.persons], "kept": one.kept, "how": one.how,
            }
            for one in activity.columns
        ],
    }  # fmt: skip


def _words(persons: Sequence[Persons]) -> str:
    return ", ".join(each.label for each in persons)
