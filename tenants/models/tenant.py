from typing import TYPE_CHECKING

from django.db import models

from helpdesk.core.models import UuidModel

if TYPE_CHECKING:
    from django.db.models.manager import Manager


class Region(models.TextChoices):
    """Where an organisation's cell stands; chosen at sign-up."""

    EU = "eu", "European Union"
    US = "us", "United States"
    CA = "ca", "Canada"
    UK = "uk", "United Kingdom"


class TenantStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    CLOSING = "closing", "Closing"
    CLOSED = "closed", "Closed"


class ModeState(models.TextChoices):
    """State of a compliance mode: off → enabling → on → disabling → off. Its floors hold in all but the first."""

    OFF = "off", "Off"
    ENABLING = "enabling", "Being switched on"
    ON = "on", "On"
    DISABLING = "disabling", "Being switched off"


class Tenant(UuidModel):
    """A customer organisation: the boundary of isolation and of keys."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=40, unique=True, help_text="Its place in URLs: /o/<slug>/.")
    region = models.CharField(max_length=2, choices=Region)
    status = models.CharField(max_length=10, choices=TenantStatus, default=TenantStatus.ACTIVE)
    hipaa_state = models.CharField("HIPAA mode", max_length=10, choices=ModeState, default=ModeState.OFF)
    pci_state = models.CharField("PCI mode", max_length=10, choices=ModeState, default=ModeState.OFF)
    created_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True, blank=True, help_text="When a closing organisation's keys go.")

    factors_due_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when agents without a second factor may still sign in under a mode."
    )

    if TYPE_CHECKING:
        objects: Manager["Tenant"]

    class Meta:
        verbose_name = "organisation"

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == TenantStatus.ACTIVE
