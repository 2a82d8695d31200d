from datetime import date

from django.db import models

from helpdesk.core.models import UuidModel
from tenants.models import TenantModel


class AgreementKind(models.TextChoices):
    """What was agreed on."""

    BAA = "baa", "Business associate agreement (45 CFR 164.308(b), 164.504(e))"
    DPA = "dpa", "Data processing agreement (GDPR 28(3))"
    PCI = "pci", "Responsibility matrix or attestation of compliance (PCI DSS 12.8.2, 12.8.5, 12.9.2)"
    OTHER = "other", "Another agreement"


class Agreement(TenantModel):
    """An agreement that an organisation has with the service or with another who handles its data: where it lies."""

    kind = models.CharField(max_length=8, choices=AgreementKind)
    counterparty = models.CharField(max_length=120, help_text="With whom.")
    reference = models.CharField(max_length=200, help_text="Where it lies.")
    signed_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.UUIDField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.UUIDField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True, help_text="When a mail said that it expires soon.")
    expired_told_at = models.DateTimeField(null=True, blank=True, help_text="When a mail said that it has expired.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_on=None) | models.Q(expires_on__gte=models.F("signed_on")),
                name="agreement_expires_after_it_begins",
            )
        ]
        indexes = [models.Index(fields=["tenant", "kind"], name="agreement_kind")]

    def is_in_force(self, today: date) -> bool:
        return self.ended_at is None and (self.expires_on is None or self.expires_on >= today)


class SubProcessor(UuidModel):
    """Another company that handles organisations' data for the service (GDPR 28(2), (4)). Kept by operators."""

    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=200, help_text="What it does for the service.")
    place = models.CharField(max_length=120, help_text="In which country it does so.")
    starts_on = models.DateField(help_text="From when it is used.")
    announced_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "sub-processor"
        verbose_name_plural = "sub-processors"

    def __str__(self) -> str:
        return self.name


class SubProcessorNotice(TenantModel):
    """That an organisation was told of a sub-processor before it was used."""

    subprocessor = models.ForeignKey(SubProcessor, models.PROTECT, related_name="+")
    told_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "subprocessor"), name="subprocessor_notice_once")]
