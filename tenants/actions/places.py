"""Changing from where an organisation's people may come: tried for a while, then kept or taken back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from tenants.actions.place_due import require_left
from tenants.actors import Actor
from tenants.models import AddressRule, Membership, RuleState, Tenant
from tenants.permissions import require
from tenants.places.rule import AddressRuling
from tenants.places.stored import ruling_of
from tenants.policies import in_force
from tenants.policy_names import DEVICE_RULE
from tenants.roles import Capability
from tenants.signals import announce
from tenants.text_checks import check_readable

#: How long a change holds unless somebody who comes from an allowed address confirms it.
TRIAL: Final = timedelta(minutes=15)
MAX_NETWORKS: Final = 50


class EmptyRuleError(Exception):
    """On, the rule would let nobody of some role in: no network is open to it."""


class TooManyNetworksError(Exception):
    """There are more networks than a rule may have."""


class NoTrialError(Exception):
    """No change is on trial, or it has ended by itself."""


class NotFromHereError(Exception):
    """The rule on trial does not admit the address it would be confirmed from."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule as it is wanted; of each network what it is, and the one role it is open to, or an empty text."""

    is_on: bool
    roles: frozenset[str]
    networks: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]

    def ruling(self, until: datetime | None = None) -> AddressRuling:
        return AddressRuling(self.is_on, self.roles, self.networks, None if until is None else until.timestamp())


@transaction.atomic
def propose(*, proposal: Proposal, actor: Membership, now: datetime) -> AddressRule:
    """Let a rule hold: one that is on, for fifteen minutes at first; one that is off locks nobody out, and stands.

    Raises:
        NotPermittedError: The member may not decide how colleagues sign in.
        EmptyRuleError, TooManyNetworksError: It is no rule that can be on.
        HeldByModeError: A mode wants networks or browsers limited, and this would leave neither.
        HoldsSensitiveDataError: A label holds a card number or the like.
    """
    require(actor, Capability.MANAGE_SIGN_IN)
    if len(proposal.networks) > MAX_NETWORKS:
        raise TooManyNetworksError
    if proposal.is_on and (not proposal.networks or not proposal.roles or proposal.ruling().shut_out()):
        raise EmptyRuleError
    check_readable("\n".join(proposal.labels))
    require_left(actor.tenant, address_rule=proposal.ruling(), device_rule=in_force(actor.tenant, DEVICE_RULE).value)
    _lock(actor.tenant_id)
    end_lapsed(now=now)
    AddressRule.objects.filter(state=RuleState.TRIAL).delete()
    state = RuleState.TRIAL if proposal.is_on else RuleState.STANDING
    rule: AddressRule
    rule, _ = AddressRule.objects.update_or_create(
        tenant_id=actor.tenant_id,
        state=state,
        defaults={
            "is_on": proposal.is_on,
            "roles": sorted(proposal.roles),
            "networks": [list(pair) for pair in proposal.networks],
            "labels": list(proposal.labels),
            "until": now + TRIAL if proposal.is_on else None,
            "changed_by": actor,
            "changed_at": now,
        },
    )
    event = "address_rule.tried" if proposal.is_on else "address_rule.switched_off"
    announce(event, actor=Actor.member(actor), subject=rule, at=now, networks=len(proposal.networks))
    return rule


@transaction.atomic
def confirm(*, actor: Membership, address: str, now: datetime) -> AddressRule:
    """Let what is on trial stand. Who confirms it shows by that that the way in is still there.

    Raises:
        NotPermittedError: The member may not decide how colleagues sign in.
        NoTrialError: There is nothing to confirm any more.
        NotFromHereError: The rule does not admit the member from that address, broken glass or not.
    """
    require(actor, Capability.MANAGE_SIGN_IN)
    _lock(actor.tenant_id)
    end_lapsed(now=now)
    rule: AddressRule | None = AddressRule.objects.filter(state=RuleState.TRIAL).first()
    if rule is None:
        raise NoTrialError
    if not ruling_of(rule).admits(actor.role, address):
        raise NotFromHereError
    AddressRule.objects.filter(state=RuleState.STANDING).delete()
    rule.state, rule.until, rule.changed_by, rule.changed_at = RuleState.STANDING, None, actor, now
    rule.save(update_fields=["state", "until", "changed_by", "changed_at"])
    announce("address_rule.confirmed", actor=Actor.member(actor), subject=rule, at=now, networks=len(rule.networks))
    return rule


@transaction.atomic
def take_back(*, actor: Membership, now: datetime) -> None:
    """End a trial before its time: what stood before holds again.

    Raises:
        NotPermittedError: The member may not decide how colleagues sign in.
        NoTrialError: There is nothing to take back.
    """
    require(actor, Capability.MANAGE_SIGN_IN)
    _lock(actor.tenant_id)
    end_lapsed(now=now)
    _revert(AddressRule.objects.filter(state=RuleState.TRIAL), Actor.member(actor), now)


def end_lapsed(*, now: datetime) -> bool:
    """Put a trial that nobody confirmed away, in the organisation in scope; return whether there was one.

    It counts for nothing since its time was over (`tenants.places.rule.in_force`); this writes down that it was so.
    """
    with transaction.atomic():
        lapsed = AddressRule.objects.filter(state=RuleState.TRIAL, until__lte=now)
        try:
            _revert(lapsed, Actor.system(), now)
        except NoTrialError:
            return False
    return True


def _revert(trials: QuerySet[AddressRule], actor: Actor, now: datetime) -> None:
    rule = trials.select_for_update().first()
    if rule is None:
        raise NoTrialError
    announce("address_rule.reverted", actor=actor, subject=rule, at=now, networks=len(rule.networks))
    rule.delete()


def _lock(tenant_id: UUID) -> None:
    """Two owners at once take turns."""
    Tenant.objects.select_for_update(no_key=True).get(id=tenant_id)
