"""Abstract bases shared by every app."""

from uuid import UUID

from django.db import models

from helpdesk.core.ids import reference, uuid7


class UuidModel(models.Model):
    """A row whose key is a UUIDv7 made by the server (RFC 9562)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True

    @property
    def reference(self) -> str:
        """A short name for people, such as `4F2A-9C7K`."""
        identifier: UUID = self.id
        return reference(identifier)
