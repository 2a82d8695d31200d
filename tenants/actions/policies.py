"""Choose a setting of the policy table for an organisation."""

from datetime import datetime

from django.db import transaction

from tenants.actors import Actor
from tenants.models import Membership, PolicyChoice, Tenant
from tenants.permissions import require
from tenants.policies import is_weaker_than_held
from tenants.policy_table import POLICIES
from tenants.roles import Capability
from tenants.signals import announce


class NoSuchChoiceError(Exception):
    """The policy table has no such setting or value for organisations to choose."""


class BelowFloorError(Exception):
    """A mode holds the setting higher; the database would not take it either."""


@transaction.atomic
def choose(*, key: str, value: str, actor: Membership, now: datetime) -> PolicyChoice:
    """Set an organisation's choice. What was chosen before a mode stays, and holds again when the mode is off.

    Raises:
        NotPermittedError: The member may not decide how colleagues sign in.
        NoSuchChoiceError: There is no such setting, or it has no such value.
        BelowFloorError: A mode holds it higher.
    """
    require(actor, Capability.MANAGE_SIGN_IN)
    policy = POLICIES.get(key)
    if policy is None or not policy.is_chosen or value not in policy.values:
        raise NoSuchChoiceError
    return write_choice(key=key, value=value, actor=actor, now=now)


def write_choice(*, key: str, value: str, actor: Membership, now: datetime) -> PolicyChoice:
    """Write a choice of a member who was found to may make it, in the transaction of the act.

    Raises:
        BelowFloorError: A mode holds it higher.
    """
    if is_weaker_than_held(Tenant.objects.select_for_update().get(id=actor.tenant_id), key, value):
        raise BelowFloorError
    choice: PolicyChoice
    choice, is_new = PolicyChoice.objects.select_for_update().get_or_create(
        tenant_id=actor.tenant_id, key=key, defaults={"value": value, "changed_at": now}
    )
    if is_new or choice.value != value:
        choice.value, choice.changed_at = value, now
        choice.save(update_fields=["value", "changed_at"])
        announce("policy.chosen", actor=Actor.member(actor), subject=choice, at=now, key=key, value=value)
    return choice
