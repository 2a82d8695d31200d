from typing import TYPE_CHECKING

from django.db import models

from helpdesk.core.models import UuidModel
from tenants.models.user import User

if TYPE_CHECKING:
    from django.db.models.manager import Manager


class StaffSession(UuidModel):
    """One browser's sign-in by password and second factor, as a person sees it in the list of their sessions.

    A Django session without a row here is not signed in. `session_hash` is SHA-256 of the session key, so that the
    table cannot be used to take a session over.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    session_hash = models.BinaryField(max_length=32, unique=True)
    began_at = models.DateTimeField(help_text="When both factors were given.")
    active_at = models.DateTimeField(help_text="When the person last did something, to within seconds.")
    address = models.GenericIPAddressField(help_text="Where it was last seen.")
    browser = models.CharField(max_length=80, help_text="Its name and system, from the User-Agent header.")
    # Which key the browser has shown to hold, when it last did, and how the machine looked (`helpdesk.core.machine`).
    device_key_hash = models.BinaryField(max_length=32, null=True)
    proved_at = models.DateTimeField(null=True)
    proved_looks = models.CharField(max_length=32, blank=True, default="", db_default="")

    if TYPE_CHECKING:
        objects: Manager["StaffSession"]
