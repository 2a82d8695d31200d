from typing import Final

from django.db import migrations

from tenants.rls import let_operator

TIMES_AND_COUNTS: Final = (
    "id", "tenant_id", "status", "last_sequence", "last_public_sequence", "created_at", "last_message_at",
    "waiting_since", "first_reply_at", "resolved_at",
)  # fmt: skip


class Migration(migrations.Migration):
    """Grant the operators' role the times and counts of conversations; of chat nothing else."""

    dependencies = [("chat", "0003_contact_details")]

    operations = [let_operator("chat_conversation", select=TIMES_AND_COUNTS)]
