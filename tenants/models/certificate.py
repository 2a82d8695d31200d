from django.db import models

from tenants.models.base import TenantModel


class CertificateStep(models.TextChoices):
    KEYS = "keys", "Keys destroyed"
    ROWS = "rows", "Rows purged"
    TRAIL = "trail", "Audit trail ended"


class ClosureCertificate(TenantModel):
    """What became of a closed organisation's keys, rows and audit trail: one row for each step, only ever added."""

    step = models.CharField(max_length=8, choices=CertificateStep)
    facts = models.JSONField(
        help_text="Counts, fingerprints of wrapped keys, the last hash of the audit trail. No content."
    )
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "step"), name="closure_certificate_step_once")]
