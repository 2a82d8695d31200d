from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find the few visitors of whom nothing is to be used, so that every list can leave them out."""

    atomic = False  # an index built concurrently cannot run in a transaction

    dependencies = [("chat", "0045_data_archives_isolation")]

    operations = [
        AddIndexConcurrently(
            "contact",
            models.Index(
                condition=models.Q(("restricted_at__isnull", False)),
                fields=["tenant", "id"],
                name="contact_restricted",
            ),
        ),
    ]
