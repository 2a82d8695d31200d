from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find at once whether anybody waits for a member, however many conversations an organisation has had."""

    atomic = False  # an index built concurrently cannot run in a transaction

    dependencies = [("chat", "0013_availability_isolation")]

    operations = [
        AddIndexConcurrently(
            "conversation",
            models.Index(
                fields=["tenant"],
                condition=models.Q(status="open", waiting_since__isnull=False, assignee__isnull=False),
                name="conversation_held_waiting",
            ),
        ),
    ]
