"""When an organisation's team is there."""

from typing import Final

from django.db import models

from tenants.models import TenantModel

MAX_DAY_NAME: Final = 60


class BusinessHours(TenantModel):
    """Weekly hours. Without a row, or switched off, an organisation is there whenever somebody of it is."""

    is_on = models.BooleanField(default=True)
    zone = models.CharField(max_length=64, help_text="A name of the time zone database.")
    week = models.JSONField(help_text="Seven days, Monday first, each a list of [start, end] in minutes.")
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant",), name="business_hours_one")]
        verbose_name_plural = "business hours"


class ClosedDay(TenantModel):
    """A day on which nobody is there, whatever the week says."""

    day = models.DateField()
    name = models.CharField(max_length=MAX_DAY_NAME, help_text="What it is called, for the team.")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "day"), name="closed_day_once")]
