from django.db import models

from tenants.models.base import TenantModel


class CertificateStep(models.TextChoices):
    KEYS = "keys", "Keys destroyed"
    ROWS = "rows", "Rows purged"


class ClosureCertificate(TenantModel):
    """What became of a closed organisation's keys and rows: one row for each step, only ever added."""

    step = models.CharField(max_length=8, choices=CertificateStep)
    facts = models.JSONField(help_text="Counts, and fingerprints of wrapped keys. No content.")
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "step"), name="closure_certificate_step_once")]
