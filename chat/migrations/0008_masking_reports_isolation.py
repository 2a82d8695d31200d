from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the table."""

    dependencies = [("chat", "0007_masking_reports")]

    operations = [
        protect(
            "chat_maskingreport",
            references={
                "message_id": "chat_message",
                "reported_by_id": "tenants_membership",
                "decided_by_id": "tenants_membership",
            },
        ),
    ]
