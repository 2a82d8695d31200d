from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find at once who opened a conversation, however long the audit trail is."""

    atomic = False  # an index built concurrently cannot run in a transaction

    dependencies = [("compliance", "0012_notices_isolation")]

    operations = [
        AddIndexConcurrently(
            "auditentry",
            models.Index(
                fields=["tenant", "object_id"],
                condition=models.Q(event="conversation.disclosed"),
                name="audit_disclosures_of",
            ),
        ),
    ]
