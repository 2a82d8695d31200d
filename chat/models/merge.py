from datetime import timedelta
from typing import Final

from django.db import models
from django.db.models import F, Q

from chat.models.contact import Contact
from tenants.models import Membership, TenantForeignKey, TenantModel

#: For so long two who were made one can be parted again.
UNDO_FOR: Final = timedelta(days=7)


class ContactMerge(TenantModel):
    """That two contacts are one person, as somebody who handles requests has found.

    What each of them said stays sealed with the key it was sealed with. Whoever is `merged` is so into one contact
    alone, and into none that is merged itself.
    """

    kept = TenantForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    merged = TenantForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    made_by = TenantForeignKey(Membership, models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    undo_until = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "merged"), name="contact_merge_once"),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="contact_merge_of_two"),
        ]
        indexes = [models.Index(fields=["tenant", "kept"], name="contact_merge_kept")]
