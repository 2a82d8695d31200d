from django.db import models

from helpdesk.core.models import UuidModel


class AnchorKey(UuidModel):
    """A key of the service that signs anchors of the audit trail; the newest one signs. Only ever added.

    Its seed is wrapped by the service's key provider, as the seeds of second factors are.
    """

    number = models.PositiveIntegerField(unique=True)
    public = models.CharField(max_length=64, unique=True, help_text="In hexadecimal, to be published.")
    wrapped = models.BinaryField()
    made_at = models.DateTimeField()
