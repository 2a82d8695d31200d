"""What visitors are told: versions, which never change, and the draft of the next one."""

from typing import Final

from django.db import models

from tenants.models import TenantModel

MAX_BODY: Final = 6000
MAX_WAYS: Final = 300


class LawRegion(models.TextChoices):
    """A region of privacy law with a text of its own, from the mildest to the strictest."""

    US = "us", "United States, other states"
    CALIFORNIA = "california", "California (CCPA)"
    DEFAULT = "default", "Elsewhere, or not known"
    CANADA = "canada", "Canada (PIPEDA, Quebec)"
    GDPR = "gdpr", "European Union, EEA, UK, Switzerland (GDPR)"


class NoticeOrigin(models.TextChoices):
    OWN = "own", "Written by the organisation"
    SHIPPED = "shipped", "Ships with the product"


class NoticeVersion(TenantModel):
    """An exact text that visitors were shown, of a region and a language. Added and never changed.

    One is published by the organisation; or it came about when the first visitor read it: our own text, or a published
    one with another line of a mode. `text` is what was on the screen, `text_hash` its SHA-256.
    """

    region = models.CharField(max_length=12, choices=LawRegion)
    language = models.CharField(max_length=2)
    number = models.PositiveIntegerField(help_text="Within its region and language, from 1.")
    origin = models.CharField(max_length=8, choices=NoticeOrigin)
    is_published = models.BooleanField(help_text="Whether a member of the organisation put it in force.")
    modes = models.CharField(max_length=16, blank=True, help_text="Modes that were on.")
    body = models.TextField(max_length=MAX_BODY, help_text="Without the lines of modes and of consent.")
    text = models.TextField()
    text_hash = models.BinaryField(max_length=32)
    published_by = models.UUIDField(null=True, blank=True, help_text="Membership.")
    published_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "region", "language", "number"), name="notice_version_once")
        ]
        indexes = [models.Index(fields=["tenant", "text_hash"], name="notice_version_by_text")]


class NoticeDraft(TenantModel):
    """What is being written for a region and a language, and not shown to visitors yet."""

    region = models.CharField(max_length=12, choices=LawRegion)
    language = models.CharField(max_length=2)
    body = models.TextField(max_length=MAX_BODY)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "region", "language"), name="notice_draft_once")]


class NoticeSetting(TenantModel):
    """How an organisation's visitors are told. No row: by their own region, and without another way to write."""

    region = models.CharField(
        max_length=12, choices=LawRegion, blank=True, help_text="Of all its visitors; empty: of each by their browser."
    )
    other_ways = models.TextField(
        max_length=MAX_WAYS, blank=True, help_text="How to reach the organisation without the chat."
    )
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant",), name="notice_setting_once")]
