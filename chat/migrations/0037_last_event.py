from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Greatest


class Migration(migrations.Migration):
    """Let a purge go through conversations from the one whose last event is oldest."""

    atomic = False  # an index built concurrently cannot run in a transaction

    dependencies = [("chat", "0036_identity_keys_isolation")]

    operations = [
        AddIndexConcurrently(
            "conversation",
            models.Index(
                models.F("tenant"),
                Greatest("created_at", "last_message_at", "resolved_at"),
                models.F("id"),
                name="conversation_last_event",
            ),
        ),
    ]
