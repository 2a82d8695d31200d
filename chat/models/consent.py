from django.db import models

from chat.models.contact import Contact, VisitorSession
from compliance.models import NoticeVersion
from tenants.models import TenantForeignKey, TenantModel


class ConsentEntry(models.TextChoices):
    """By which way in a receipt came."""

    SOCKET = "socket", "Widget, by its socket"
    HTTP = "http", "Widget, over HTTP"
    IMPORT = "import", "Set up with examples"


class ConsentReceipt(TenantModel):
    """That a visitor was shown a notice, or agreed to it: which exact text, when, by which way in."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    session = TenantForeignKey(VisitorSession, models.CASCADE, related_name="receipts")
    notice = TenantForeignKey(NoticeVersion, models.PROTECT, related_name="+")
    text_hash = models.BinaryField(max_length=32, help_text="SHA-256 of the text as it was on the screen.")
    region = models.CharField(max_length=12)
    language = models.CharField(max_length=2)
    agreed = models.BooleanField(help_text="Whether to agree was asked; else the text was shown.")
    gpc = models.BooleanField(help_text="Whether the browser sent Global Privacy Control.")
    entry = models.CharField(max_length=8, choices=ConsentEntry)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "contact", "-given_at"], name="consent_receipt_of")]
