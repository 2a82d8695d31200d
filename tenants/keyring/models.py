"""Wrapped keys. No foreign keys: the rows they belong to live in another database."""

from django.db import models

from helpdesk.core.models import UuidModel
from tenants.keyring.scope import KeyManager


class Purpose(models.TextChoices):
    """What a tenant key wraps or seals."""

    CONTENT = "content", "Chat content"
    FILES = "files", "Files"
    INDEX = "index", "Search index"
    AUDIT = "audit", "Audit trail"
    EXPORT = "export", "Exports"


class KeyState(models.TextChoices):
    ACTIVE = "active", "Active"
    RETIRED = "retired", "Retired"


class TenantKey(UuidModel):
    """A key of one organisation, per purpose and version, wrapped by the key-encryption key."""

    tenant_id = models.UUIDField()
    purpose = models.CharField(max_length=8, choices=Purpose)
    version = models.PositiveIntegerField()
    provider = models.CharField(max_length=16)
    wrapped = models.BinaryField()
    fingerprint = models.CharField(max_length=16, help_text="Start of the SHA-256 of the wrapped key.")
    state = models.CharField(max_length=8, choices=KeyState, default=KeyState.ACTIVE)
    created_at = models.DateTimeField()

    objects = KeyManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=("tenant_id", "purpose", "version"), name="tenant_key_version_once")
        ]


class ContactKey(UuidModel):
    """The key of one contact's content, wrapped by the organisation's content key.

    Destroying it erases what the contact wrote and was answered (NIST SP 800-88, cryptographic erase).
    """

    tenant_id = models.UUIDField()
    contact_id = models.UUIDField()
    version = models.PositiveIntegerField()
    wrapped = models.BinaryField()
    state = models.CharField(max_length=8, choices=KeyState, default=KeyState.ACTIVE)
    created_at = models.DateTimeField()

    objects = KeyManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=("tenant_id", "contact_id", "version"), name="contact_key_version_once")
        ]
