from django.db import models
from django.db.models.functions import Now

from tenants.models.base import TenantForeignKey, TenantModel
from tenants.models.user import User
from tenants.roles import Role


class Membership(TenantModel):
    """A user's place in an organisation; an agent is a membership acting in chat."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=Role)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    first_access_at = models.DateTimeField(
        null=True, blank=True, help_text="When the gate first let them to a page of the organisation."
    )

    used_at = models.DateTimeField(
        db_default=Now(), help_text="When they last did something in the organisation, to within hours, or were let in."
    )
    is_unused = models.BooleanField(
        default=False, db_default=False, help_text="Deactivated since it was not used for too long."
    )
    unused_told_at = models.DateTimeField(
        null=True, blank=True, help_text="When a mail last said that it will be deactivated, or was."
    )

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "user"), name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user.name} ({self.get_role_display()})"


class Invitation(TenantModel):
    """A colleague asked to join; the mailed token is kept only as a hash."""

    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=12, choices=Role)
    token_hash = models.BinaryField(max_length=32)
    invited_by = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "email"),
                condition=models.Q(accepted_at=None),
                name="invitation_pending_once",
            )
        ]
