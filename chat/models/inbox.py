from django.db import models

from tenants.models import TenantModel


class Inbox(TenantModel):
    """One entry point: the widget on a site."""

    name = models.CharField(max_length=80)
    widget_key = models.CharField(max_length=32, unique=True, help_text="Public; stands in the embed snippet.")
    greeting = models.CharField(max_length=280)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When the widget last opened on a site.")
    seen_origin = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name_plural = "inboxes"

    def __str__(self) -> str:
        return self.name
