"""A copy of everything that is kept of one visitor, sealed, for as long as it takes to hand it over."""

from typing import Final
from uuid import UUID

from django.db import models
from django.db.models import Q

from chat.models.contact import Contact
from compliance.models import SubjectRequest
from tenants.encryption import Slot, column_of
from tenants.models import TenantForeignKey, TenantModel

_KEY: Final = column_of("chat_dataarchive", "key")


class DataArchive(TenantModel):
    """What a request for access or portability hands out. `key` seals the file, and is sealed with the contact's own:
    erased with them, it opens no more.

    `run` is that of the job that is at it: another takes it up when it has not `moved_at` for a while.
    """

    request = TenantForeignKey(SubjectRequest, models.CASCADE, related_name="+")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="+")
    run = models.UUIDField()
    moved_at = models.DateTimeField()
    done = models.PositiveIntegerField(default=0, help_text="Conversations that are in it.")
    total = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    files = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0, help_text="Files that could not be read.")
    bytes = models.PositiveBigIntegerField(default=0, help_text="Of the archive, before it is sealed.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the archive, before it is sealed.")
    stored = models.UUIDField(null=True, help_text="Its name in the store; none once it is gone from there.")
    key = models.BinaryField(max_length=200, null=True, help_text="Envelope of its key.")
    built_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True, help_text="When it was removed from the store.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "request"), name="data_archive_once_per_request"),
            models.CheckConstraint(
                condition=Q(built_at=None, expires_at=None) | Q(built_at__isnull=False, expires_at__isnull=False),
                name="data_archive_expires_once_built",
            ),
            models.CheckConstraint(
                condition=Q(stored=None, key=None) | Q(stored__isnull=False, key__isnull=False),
                name="data_archive_key_while_stored",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "contact"], name="data_archive_of_contact"),
            models.Index(
                fields=["tenant", "expires_at"], condition=Q(stored__isnull=False), name="data_archive_stored"
            ),
        ]

    @staticmethod
    def slot(tenant_id: UUID, contact_id: UUID, row_id: UUID) -> Slot:
        """Where the archive's key lives."""
        return Slot(tenant_id, contact_id, _KEY, row_id)
