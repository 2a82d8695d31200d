from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find a team's open conversations at once."""

    atomic = False  # an index built concurrently cannot run in a transaction

    dependencies = [("chat", "0021_teams_isolation")]

    operations = [
        AddIndexConcurrently(
            "conversation",
            models.Index(
                fields=["tenant", "team"],
                condition=models.Q(status="open", team__isnull=False),
                name="conversation_of_team",
            ),
        ),
    ]
