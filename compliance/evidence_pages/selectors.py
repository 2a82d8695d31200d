"""What the page of evidence shows. Call these inside the tenant's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from compliance import audit_events
from compliance.evidence.controls import CONTROLS
from compliance.evidence.controls.control import STATE_WORDS, Control, Fix, Standing, State
from compliance.evidence.packs import UNDER_WAY, is_stale
from compliance.models import AnchorKey, AuditEntry, EvidencePack, EvidencePart
from compliance.verifier.evidence import FRAMEWORKS
from helpdesk.core.paging import Page, page_of
from tenants.models import Membership, Tenant
from tenants.permissions import may

SHOWN: Final = 20
#: Controls are looked at once a day.
MISSED: Final = timedelta(hours=36)
NO_LOOK: Final = Standing(State.OK, "Nothing has to be done: its entries are in every pack.")
TONES: Final = {State.OK: "success", State.DUE: "warning", State.FAILING: "danger", State.NONE: ""}
#: What needs somebody stands first.
_ORDER: Final = (State.FAILING, State.DUE, State.NONE, State.OK)


@dataclass(frozen=True, slots=True)
class ControlLine:
    """One control as the page shows it; `fix` only for who may do it."""

    control: Control
    standing: Standing
    clauses: Sequence[tuple[str, str]]
    fix: Fix | None

    @property
    def words(self) -> str:
        return STATE_WORDS[self.standing.state]

    @property
    def tone(self) -> str:
        return TONES[self.standing.state]


@dataclass(frozen=True, slots=True)
class PackLine:
    """One pack as the page shows it."""

    pack: EvidencePack
    asked_by: str
    has_file: bool
    is_lost: bool
    #: Whether an earlier pack of the same days had another hash, which must not be.
    differs: bool

    @property
    def is_under_way(self) -> bool:
        return self.pack.state in UNDER_WAY


def controls(tenant: Tenant, viewer: Membership, *, framework: str = "", now: datetime) -> list[ControlLine]:
    """Return every control, or those of a framework; what needs somebody first."""
    wanted = [one for one in CONTROLS if not framework or one.clauses.get(framework)]
    lines = [_line(one, tenant, viewer, framework, now) for one in wanted]
    return sorted(lines, key=lambda line: (_ORDER.index(line.standing.state), line.control.title))


def counts(lines: Sequence[ControlLine]) -> list[tuple[str, str, int]]:
    """Return how many controls are in each state: words, tone, count."""
    return [
        (STATE_WORDS[state], TONES[state], sum(line.standing.state == state for line in lines)) for state in _ORDER
    ]  # fmt: skip


def observed_at() -> datetime | None:
    """Return when controls were last written into the trail."""
    found = AuditEntry.objects.filter(event=audit_events.CONTROLS_OBSERVED).order_by("-at", "-id")
    return found.values_list("at", flat=True).first()


def is_missed(tenant: Tenant, *, now: datetime) -> bool:
    """Whether a day has gone by on which nobody looked: packs show it as missing."""
    return (observed_at() or tenant.created_at) < now - MISSED


def packs(number: int, *, now: datetime) -> Page[PackLine]:
    """Return a page of packs, the newest first."""
    rows = EvidencePack.objects.select_related("asked_by__user").order_by("-asked_at", "-id")
    return page_of(rows, number, size=SHOWN).shown(partial(_pack_lines, now=now))


def _pack_lines(found: Sequence[EvidencePack], *, now: datetime) -> list[PackLine]:
    held = set(EvidencePart.objects.filter(pack__in=found, number=0).values_list("pack_id", flat=True))
    hashes: dict[tuple[object, object], set[str]] = {}
    # Also those of other pages.
    alike = EvidencePack.objects.filter(first_on__in={pack.first_on for pack in found}).exclude(sha256="")
    for first_on, last_on, sha256 in alike.values_list("first_on", "last_on", "sha256"):
        hashes.setdefault((first_on, last_on), set()).add(sha256)
    return [
        PackLine(
            pack,
            pack.asked_by.user.name,
            pack.id in held,
            is_stale(pack, now=now),
            len(hashes.get((pack.first_on, pack.last_on), ())) > 1,
        )
        for pack in found
    ]


def public_key() -> str:
    """Return the key in use by which packs are checked; empty before the first anchor."""
    return AnchorKey.objects.order_by("-number").values_list("public", flat=True).first() or ""


def _line(one: Control, tenant: Tenant, viewer: Membership, framework: str, now: datetime) -> ControlLine:
    standing = NO_LOOK if one.look is None else one.look(tenant, now)
    clauses = [
        (name.partition(" (")[0], ", ".join(one.clauses[key]))
        for key, name in FRAMEWORKS.items()
        if one.clauses.get(key) and framework in {"", key}
    ]
    fix = one.fix if one.fix and (one.fix.capability is None or may(viewer, one.fix.capability)) else None
    return ControlLine(one, standing, clauses, fix)
