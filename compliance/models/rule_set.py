from django.db import models

from tenants.models import TenantModel


class RuleSet(TenantModel):
    """One state of the masking rules of an organisation, numbered in the order they came into force.

    A message remembers the number that scanned it; a lower number than the newest means: scan again.
    """

    number = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64, help_text="Hash of rules, detectors and policy.")
    rules = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="Id and hash of the rules, detectors included."
    )
    revision = models.PositiveIntegerField(default=0, db_default=0, help_text="Of the organisation's policy.")
    profile = models.CharField(max_length=16)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "number"), name="rule_set_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="rule_set_number_from_1"),
        ]
