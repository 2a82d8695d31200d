from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find the few entries that tell of expiry, so that a chain's beginning is found wherever it lies."""

    atomic = False  # an index built concurrently cannot run in a transaction

    dependencies = [("compliance", "0015_restore_drill_isolation")]

    operations = [
        AddIndexConcurrently(
            "auditentry",
            models.Index(
                fields=["tenant", "position"],
                condition=models.Q(event="audit.expired"),
                name="audit_checkpoints",
            ),
        ),
    ]
