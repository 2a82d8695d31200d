from django.db import models

from compliance.models.chained import Chained, chained
from tenants.actors import ActorKind
from tenants.models import TenantModel


class AuditEntry(Chained, TenantModel):
    """One thing done or read. Inserted by `compliance.audit.record()` alone, sealed by `compliance.audit_chain` alone;
    nobody may change it, and it goes by `compliance.trail_expiry` alone, with all that stand before it.

    Holds ids and counted facts, never content or an address.
    """

    event = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.UUIDField(null=True, blank=True)
    object_kind = models.CharField(max_length=64)
    object_id = models.UUIDField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name_plural = "audit entries"
        constraints = [
            *chained("audit_entry"),
            models.UniqueConstraint(
                fields=("tenant", "position"), condition=models.Q(position__isnull=False), name="audit_entry_in_place"
            ),
        ]
        indexes = [
            # From what a chain begins whose first entries have expired.
            models.Index(
                fields=["tenant", "position"], condition=models.Q(event="audit.expired"), name="audit_checkpoints"
            ),
            models.Index(fields=["tenant", "id"], condition=models.Q(position=None), name="audit_waiting"),
            models.Index(fields=["tenant", "-at"], name="audit_recent"),
            # Who opened a conversation, which its visitor may ask at any time.
            models.Index(
                fields=["tenant", "object_id"],
                condition=models.Q(event="conversation.disclosed"),
                name="audit_disclosures_of",
            ),
        ]
