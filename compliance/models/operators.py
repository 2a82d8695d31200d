from django.db import models

from helpdesk.core.models import UuidModel


class OperatorEntry(UuidModel):
    """One thing an operator did or read, whichever organisation it was in: the operators' own trail.

    Written beside the organisation's entry, in the same transaction (`compliance.audit`). Nobody may change or delete
    it.
    """

    event = models.CharField(max_length=64)
    operator_id = models.UUIDField()
    organisation_id = models.UUIDField(null=True, blank=True)
    object_kind = models.CharField(max_length=64)
    object_id = models.UUIDField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "operators' entry"
        verbose_name_plural = "operators' trail"
        indexes = [models.Index(fields=["-at"], name="operator_entry_recent")]
