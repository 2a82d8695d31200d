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
    key_reference = models.CharField(
        max_length=200, blank=True, db_default="", default="", help_text="The organisation's own key; empty: ours."
    )
    check_value = models.BinaryField(null=True, help_text="Tells a wrong key from the right one, and nothing else.")
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
    wrapped_with = models.PositiveIntegerField(db_default=1, default=1, help_text="Version of the content key.")
    state = models.CharField(max_length=8, choices=KeyState, default=KeyState.ACTIVE)
    created_at = models.DateTimeField()

    objects = KeyManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(fields=("tenant_id", "contact_id", "version"), name="contact_key_version_once")
        ]
        indexes = [models.Index(fields=("tenant_id", "wrapped_with", "id"), name="contact_key_to_rewrap")]


class RotationKind(models.TextChoices):
    TENANT = "tenant", "Tenant key"
    CONTACT = "contact", "Contact key"


class RotationState(models.TextChoices):
    RUNNING = "running", "Moving to the new key"
    DESTROYED = "gone", "Old key destroyed"
    DONE = "done", "Done"


class Rotation(UuidModel):
    """A key on its way from one version to the next. What is left to do can be seen in the data: any worker goes on."""

    tenant_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=RotationKind)
    subject = models.CharField(max_length=40, help_text="Purpose, or the contact's id.")
    old_version = models.PositiveIntegerField()
    new_version = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=RotationState, default=RotationState.RUNNING)
    moved = models.PositiveBigIntegerField(default=0, help_text="Keys wrapped again, or rows sealed again.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = KeyManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=("tenant_id", "kind", "subject"),
                condition=~models.Q(state="done"),
                name="rotation_one_at_a_time",
            )
        ]


class OwnKeyState(models.TextChoices):
    CONNECTED = "on", "Connected"
    REVOKED = "revoked", "Revoked"


class OwnKey(UuidModel):
    """The key-encryption key an organisation brought: a provider and the key's name there. No secret is kept."""

    tenant_id = models.UUIDField()
    provider = models.CharField(max_length=16)
    reference = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=OwnKeyState, default=OwnKeyState.CONNECTED)
    connected_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = KeyManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=("tenant_id",), name="own_key_once")]


class Destruction(UuidModel):
    """What was destroyed when an organisation closed: written with the deed, only ever added."""

    tenant_id = models.UUIDField()
    tenant_keys = models.PositiveIntegerField()
    contact_keys = models.PositiveIntegerField()
    fingerprints = models.JSONField(help_text="Of the wrapped tenant keys.")
    destroyed_at = models.DateTimeField()

    objects = KeyManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=("tenant_id",), name="destruction_once")]
