from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import Exact, GreaterThan

from helpdesk.core.models import UuidModel
from tenants.models.base import TenantForeignKey, TenantModel
from tenants.models.membership import Membership
from tenants.models.user import User

if TYPE_CHECKING:
    from django.db.models.manager import Manager


class RuleState(models.TextChoices):
    STANDING = "standing", "Standing"
    TRIAL = "trial", "On trial"


def _length(column: str) -> Func:
    return Func(F(column), function="jsonb_array_length", output_field=IntegerField())


class AddressRule(TenantModel):
    """From which networks an organisation's people may come; one that stands, and one on trial beside it.

    `networks` are pairs of a network (`tenants.places.networks`) and the one role it is open to, or an empty text;
    `labels` says for each what it is. `roles` are those the rule holds for. The one on trial counts until `until`.
    """

    state = models.CharField(max_length=8, choices=RuleState)
    is_on = models.BooleanField()
    roles = models.JSONField(default=list)
    networks = models.JSONField(default=list)
    labels = models.JSONField(default=list)
    until = models.DateTimeField(null=True, blank=True)
    changed_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "state"), name="address_rule_once"),
            models.CheckConstraint(
                condition=Q(state=RuleState.STANDING, until=None) | Q(state=RuleState.TRIAL, until__isnull=False),
                name="address_rule_trial_ends",
            ),
            # On without a network, it would lock everyone out; read as "anyone", it would lock nobody out.
            models.CheckConstraint(
                condition=Q(is_on=False) | (GreaterThan(_length("networks"), 0) & GreaterThan(_length("roles"), 0)),
                name="address_rule_on_has_networks",
            ),
            models.CheckConstraint(
                condition=Q(Exact(_length("networks"), _length("labels"))), name="address_rule_labels_each"
            ),
        ]


class BreakGlassCode(TenantModel):
    """A code that lets an owner in from anywhere for an hour, once; kept as a hash of 120 random bits."""

    code_hash = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "code_hash"), name="break_glass_code_once")]


class AddressWaiver(TenantModel):
    """Until when the address rule does not matter to one session of a member, since they broke the glass.

    `session_id` is that of a StaffSession, which belongs to no organisation and may be gone.
    """

    membership = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    session_id = models.UUIDField()
    until = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "session_id"), name="address_waiver_once")]


class PlaceDue(TenantModel):
    """By when an organisation has to name networks or approve browsers, since a mode wants one of them.

    No row: nothing is due. Afterwards its owners alone get in, to put it right.
    """

    due_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant",), name="place_due_once")]


class SeenAddress(UuidModel):
    """From where a person was active lately: what a change of an address rule is rehearsed against. Kept for a day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    address = models.GenericIPAddressField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "address"), name="seen_address_once")]

    if TYPE_CHECKING:
        objects: Manager["SeenAddress"]
