from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import models

from helpdesk.core.models import UuidModel
from tenants.models.user import User

if TYPE_CHECKING:
    from django.db.models.manager import Manager

#: How long the link mailed to the wanted address works, and for how long the former one can take the change back.
OPENED_WITHIN: Final = timedelta(hours=24)
UNDONE_WITHIN: Final = timedelta(days=7)


class EmailChangeState(models.TextChoices):
    ASKED = "asked", "Waits for the link to be opened"
    DONE = "done", "Done"
    WITHDRAWN = "withdrawn", "Withdrawn, or asked for anew"
    STOPPED = "stopped", "Stopped from the former address"
    UNDONE = "undone", "Taken back from the former address"


class EmailChange(UuidModel):
    """Somebody's wish for another address. The links that concern it are tokens of its id, so none is stored.

    Until it can't be taken back any more the former address is held for its owner.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    former = models.EmailField(max_length=254, db_index=True)
    wanted = models.EmailField(max_length=254)
    state = models.CharField(max_length=9, choices=EmailChangeState, default=EmailChangeState.ASKED)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, help_text="When it was done, or given up.")

    if TYPE_CHECKING:
        objects: Manager["EmailChange"]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("user",), condition=models.Q(state=EmailChangeState.ASKED), name="email_change_asked_once"
            )
        ]

    def __str__(self) -> str:
        return f"a change of address, {self.get_state_display().lower()}"

    @property
    def opens_until(self) -> datetime:
        return self.asked_at + OPENED_WITHIN

    @property
    def undone_until(self) -> datetime:
        """Until when the former address can take it back, where it is done."""
        return (self.settled_at or self.asked_at) + UNDONE_WITHIN
