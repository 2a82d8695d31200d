"""Switch HIPAA and PCI mode: off → enabling → on → disabling → off (`docs/modes.md`).

Floors hold from the first step to the last. On is one person's word; off takes two and a day, and can be taken back.
"""

from datetime import date, datetime

from compliance import audit_events, mode_requirements, mode_steps
from compliance.actions import agreements
from compliance.actions.actors import require_actor
from compliance.actions.reasons import kept_reason
from compliance.models import ModeSwitch, SwitchEnd
from compliance.models.mode import ASKED_FOR, NOTICE
from tenants.actors import Actor, ActorKind
from tenants.models import ModeState, Tenant
from tenants.policy_rows.row import Mode
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.signals import announce


class ModeError(Exception):
    """A step of a mode that is not taken; the kinds say why."""


class NotInThatStateError(ModeError):
    """The mode is in a state from which this does not lead on: somebody was quicker, or went the other way."""


class OrganisationNotActiveError(ModeError):
    """A suspended or closing organisation is in no state to change its modes: what is asked would not be done."""


class RequirementsMissingError(ModeError):
    """Something has to be there before the mode can be switched on; `keys` name it."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


class SamePersonError(ModeError):
    """Whoever asks for the end of a mode is not the one who agrees."""


class OwnerNeededError(ModeError):
    """What an operator asked for, an owner has to agree to."""


def switch_on(
    *, tenant: Tenant, mode: Mode, reason: str, agreement: str, agreed_on: date, actor: Actor, now: datetime
) -> ModeSwitch | None:
    """Let a mode's floors hold from this moment; it is on once stored chats are scanned again (`mode_progress`).

    Args:
        tenant: The organisation.
        mode: Which.
        reason: Why. Kept, as `agreement`, masked by every rule there is: people write names and numbers into it.
        agreement: Where the agreement lies that the mode supports: the BAA, or the attestation of compliance.
        agreed_on: Of which day it is.
        actor: An operator, or an owner.
        now: The present.

    Returns:
        The switch; None for a mode that is so already, which leaves no entry.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        ReasonMissingError: The reason, or where the agreement lies, is empty.
        OrganisationNotActiveError: The organisation is suspended or closing.
        NotInThatStateError: It is being switched off: that is to be taken back.
        RequirementsMissingError: A requirement is not met.
    """
    kept, lies = kept_reason(reason), kept_reason(agreement)
    with tenant_scope(tenant):
        require_actor(actor, Capability.SWITCH_MODES)
        locked = _locked(tenant)
        state = mode_steps.state_of(locked, mode)
        if state in mode_steps.HOLDING:
            return None
        if state != ModeState.OFF:
            raise NotInThatStateError(state)
        if missing := [one.key for one in mode_requirements.of(mode) if not one.is_met]:
            raise RequirementsMissingError(missing)
        agreements.record_with_mode(locked, mode, reference=lies, signed_on=agreed_on, actor=actor, now=now)
        return mode_steps.begin(locked, mode, reason=kept, agreement=lies, agreed_on=agreed_on, actor=actor, now=now)


def ask_off(*, tenant: Tenant, mode: Mode, reason: str, actor: Actor, now: datetime) -> ModeSwitch | None:
    """Ask that a mode end: everyone sees it, a second person agrees, and a day later its floors hold no longer.

    Returns:
        The switch; None where it was asked already.

    Raises:
        NotPermittedError, ReasonMissingError, OrganisationNotActiveError: As `switch_on`.
        NotInThatStateError: It is off.
    """
    kept = kept_reason(reason)
    with tenant_scope(tenant):
        require_actor(actor, Capability.SWITCH_MODES)
        locked = _locked(tenant)
        state = mode_steps.state_of(locked, mode)
        if state == ModeState.DISABLING:
            return None
        if state not in mode_steps.HOLDING:
            raise NotInThatStateError(state)
        switch: ModeSwitch = ModeSwitch.objects.create(
            tenant_id=locked.id, mode=mode, turns_on=False, was=state, reason=kept, asked_at=now,
            **mode_steps.asked_by(actor),
        )  # fmt: skip
        mode_steps.set_state(locked, mode, ModeState.DISABLING, actor=actor, now=now, reason=kept)
    return switch


def agree_off(*, tenant: Tenant, mode: Mode, actor: Actor, now: datetime) -> ModeSwitch:
    """Agree, as another person, that a mode end; it does so a day from now. Said twice it stays as it was.

    Raises:
        NotPermittedError, OrganisationNotActiveError: As `switch_on`.
        NotInThatStateError: Nobody asks for it, or no longer.
        SamePersonError: It is the one who asked.
        OwnerNeededError: An operator asked, and one would agree.
    """
    with tenant_scope(tenant):
        require_actor(actor, Capability.SWITCH_MODES)
        locked = _locked(tenant)
        switch = mode_steps.asked_off(mode, lock=True)
        if (
            mode_steps.state_of(locked, mode) != ModeState.DISABLING
            or switch is None
            or switch.asked_at + ASKED_FOR <= now
        ):
            raise NotInThatStateError
        if switch.approved_at is not None:
            return switch
        who = mode_steps.person(actor)
        if who == switch.asked_person:
            raise SamePersonError
        if switch.asked_kind == ActorKind.OPERATOR and actor.kind != ActorKind.MEMBER:
            raise OwnerNeededError
        switch.approved_kind, switch.approved_by, switch.approved_person = actor.kind, actor.id, who
        switch.approved_at, switch.due_at = now, now + NOTICE
        switch.save(update_fields=["approved_kind", "approved_by", "approved_person", "approved_at", "due_at"])
        announce(
            audit_events.MODE_OFF_AGREED, actor=actor, subject=locked, at=now, mode=mode, due=switch.due_at.isoformat()
        )
        mode_steps.tell(locked, mode, "agreed")
    return switch


def keep_on(*, tenant: Tenant, mode: Mode, actor: Actor, now: datetime) -> ModeState:
    """Take back that a mode is to end; any who may ask for it may do so, alone. It is again what it was.

    Raises:
        NotPermittedError: As `switch_on`.
        NotInThatStateError: Nobody asks for it, or it is over.
    """
    with tenant_scope(tenant):
        require_actor(actor, Capability.SWITCH_MODES)
        locked = Tenant.objects.select_for_update().get(id=tenant.id)
        switch = mode_steps.asked_off(mode, lock=True)
        if mode_steps.state_of(locked, mode) != ModeState.DISABLING or switch is None:
            raise NotInThatStateError
        mode_steps.end(switch, SwitchEnd.WITHDRAWN, now)
        was = ModeState(switch.was)
        mode_steps.set_state(locked, mode, was, actor=actor, now=now, taken_back=True)
    return was


def _locked(tenant: Tenant) -> Tenant:
    """Two who switch at once take turns: the second finds what the first has left."""
    locked = Tenant.objects.select_for_update().get(id=tenant.id)
    if not locked.is_active:
        raise OrganisationNotActiveError(locked.status)
    return locked
