from datetime import timedelta
from typing import Final

from django.db import models

from tenants.models import TenantForeignKey, TenantModel

# Since the visitor was last seen.
SESSION_LIFETIME: Final = timedelta(days=30)


class Contact(TenantModel):
    """The person behind one or more visitor sessions. Owns the key that seals the content."""

    created_at = models.DateTimeField()
    blocked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Visitor {self.reference}"


class VisitorSession(TenantModel):
    """One browser's session in the widget; its token is kept only as a hash."""

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="sessions")
    token_hash = models.BinaryField(max_length=32)
    origin = models.CharField(max_length=255, blank=True, help_text="Site that showed the widget, without path.")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "token_hash"), name="visitor_session_token_once")]
