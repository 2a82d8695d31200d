from django.db import models

from tenants.models import TenantModel


class RecordClass(models.TextChoices):
    """What a retention policy speaks of."""

    CONVERSATION = "conversation", "Conversations"
    CONTACT = "contact", "Visitors who never wrote"
    FORM = "form", "Records of secure forms"
    PROOF = "proof", "Proofs of identity"
    RATING = "rating", "Ratings"
    LINK = "link", "Mailed links"
    REPORT = "report", "Reports about masking"
    RECEIPT = "receipt", "Superseded consent receipts"


class RetentionPolicy(TenantModel):
    """How long an organisation keeps a class of records. No row: as the table says (`compliance.retention_table`)."""

    record_class = models.CharField(max_length=16, choices=RecordClass)
    keep_days = models.PositiveIntegerField(help_text="Days after the last event of a record.")
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name_plural = "retention policies"
        constraints = [
            models.UniqueConstraint(fields=("tenant", "record_class"), name="retention_policy_once"),
            models.CheckConstraint(condition=models.Q(keep_days__range=(1, 36_500)), name="retention_keep_days_sane"),
        ]
