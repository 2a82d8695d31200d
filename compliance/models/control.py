from django.db import models

from helpdesk.core.models import UuidModel
from tenants.models import TenantModel


class _Outcome(models.Model):
    """When a control last did its work, and how often in a row it has failed since."""

    since = models.DateTimeField(help_text="From when it is expected.")
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_failed_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, db_default=0, help_text="In a row, since it last did.")
    why = models.CharField(max_length=60, blank=True, default="", db_default="", help_text="The last error's name.")
    alarmed_at = models.DateTimeField(null=True, blank=True, help_text="When somebody was told; until it is over.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When operators were told of it by mail.")

    class Meta:
        abstract = True


class ControlRun(_Outcome, TenantModel):
    """A control that runs for one organisation; `control` names it in `compliance.controls.table`."""

    control = models.CharField(max_length=24)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "control"), name="control_run_once")]

    def __str__(self) -> str:
        return self.control


class ServiceControl(_Outcome, UuidModel):
    """A control that runs for all organisations at once."""

    control = models.CharField(max_length=24, unique=True)

    class Meta:
        verbose_name = "control of the service"
        verbose_name_plural = "controls of the service"

    def __str__(self) -> str:
        return self.control
