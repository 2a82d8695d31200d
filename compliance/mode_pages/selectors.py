"""What the page of modes shows. Call these inside the tenant's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from compliance import mode_certificate, mode_progress, mode_requirements, mode_steps, retention
from compliance.mode_progress import Progress
from compliance.mode_requirements import Requirement
from compliance.models import ModeCertificate, ModeSwitch, RecordClass
from compliance.retention_table import RETENTION
from tenants.actors import ActorKind
from tenants.models import Membership, ModeState, Tenant
from tenants.policy_rows.row import MODES, Mode
from tenants.policy_table import POLICIES

#: What a mode is for, in a sentence or two.
MEANS: Final[dict[Mode, str]] = {
    "hipaa": "For chats that may hold health data. Everything that can identify a patient is masked before it is "
    "stored, screens lock after 15 minutes, text leaves only sealed, and whoever reads is known. It supports the "
    "HIPAA Security Rule, 45 CFR 164 subpart C.",
    "pci": "For chats in which cards are spoken of. Card data is masked more eagerly, its codes are never kept, owners "
    "sign in with a passkey, and chats are kept for a year at most. It supports PCI DSS v4.0.1.",
}
EARLIER_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Lock:
    """A setting that a mode holds, how strictly, and by which clause."""

    setting: str
    words: str
    clause: str


@dataclass(frozen=True, slots=True)
class Ending:
    """That a mode is to end: who asked, who agreed, when it ends."""

    switch: ModeSwitch
    asked_by: str
    agreed_by: str
    may_agree: bool


@dataclass(frozen=True, slots=True)
class ModeCard:
    """One mode, as its page shows it."""

    mode: Mode
    name: str
    state: ModeState
    means: str
    locks: Sequence[Lock]
    agreement: str
    before: Sequence[Requirement]
    ahead: Sequence[Requirement]
    switch: ModeSwitch | None
    progress: Progress | None
    ending: Ending | None
    certificate: ModeCertificate | None

    @property
    def is_ready(self) -> bool:
        """Whether nothing is in the way of switching it on."""
        return all(one.is_met for one in self.before)


def cards(tenant: Tenant, viewer: Membership, *, now: datetime) -> list[ModeCard]:
    """Return every mode."""
    newest = mode_certificate.newest()
    return [card(tenant, mode, viewer, now=now, certificate=newest.get(mode)) for mode in MODES]


def earlier() -> list[tuple[ModeSwitch, str]]:
    """Return what is over, the newest first, with who asked."""
    rows = list(ModeSwitch.objects.exclude(ended_at=None).order_by("-asked_at", "-id")[:EARLIER_SHOWN])
    names = _names([row.asked_by for row in rows])
    return [(row, _name(row.asked_kind, row.asked_by, names)) for row in rows]


def locks_of(mode: Mode) -> list[Lock]:
    """Return what a mode holds, from the policy table."""
    held = [
        Lock(policy.explanation, policy.values[policy.floors[mode]], policy.clauses[mode])
        for policy in POLICIES.values()
        if mode in policy.floors and policy.strictness(policy.floors[mode]) > 0
    ]
    most = retention.longest(mode)
    kept = f"{most} days at most" if most else "As long as was decided, but decided it is"
    return [*held, Lock("Conversations are kept for", kept, RETENTION[RecordClass.CONVERSATION].clauses[mode])]


def card(
    tenant: Tenant, mode: Mode, viewer: Membership, *, now: datetime, certificate: ModeCertificate | None = None
) -> ModeCard:
    """Return one mode."""
    state = mode_steps.state_of(tenant, mode)
    switch = mode_steps.open_switch(mode, turns_on=True)
    is_off = state == ModeState.OFF
    return ModeCard(
        mode=mode,
        name=MODES[mode],
        state=state,
        means=MEANS[mode],
        locks=locks_of(mode),
        agreement=mode_requirements.AGREEMENTS[mode],
        before=mode_requirements.of(mode) if is_off else (),
        ahead=mode_requirements.ahead(mode, now=now),
        switch=switch,
        progress=mode_progress.progress(switch) if switch is not None else None,
        ending=_ending(mode, viewer) if state == ModeState.DISABLING else None,
        certificate=certificate,
    )


def _ending(mode: Mode, viewer: Membership) -> Ending | None:
    switch = mode_steps.asked_off(mode)
    if switch is None:
        return None
    names = _names([switch.asked_by, switch.approved_by])
    return Ending(
        switch,
        _name(switch.asked_kind, switch.asked_by, names),
        _name(switch.approved_kind, switch.approved_by, names) if switch.approved_at else "",
        may_agree=switch.approved_at is None and switch.asked_person != viewer.user_id,
    )


def _names(ids: Sequence[UUID | None]) -> dict[UUID, str]:
    members = Membership.objects.filter(id__in=[one for one in ids if one is not None]).select_related("user")
    return {member.id: member.user.name for member in members}


def _name(kind: str, actor_id: UUID | None, names: dict[UUID, str]) -> str:
    if kind == ActorKind.OPERATOR:
        return "an operator of the service"
    if kind == ActorKind.SYSTEM or actor_id is None:
        return "Hushdesk itself"
    return names.get(actor_id, "a former member")
