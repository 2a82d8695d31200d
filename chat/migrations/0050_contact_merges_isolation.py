from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the table."""

    dependencies = [("chat", "0049_contact_merges")]

    operations = [
        protect(
            "chat_contactmerge",
            references={
                "kept_id": "chat_contact",
                "merged_id": "chat_contact",
                "made_by_id": "tenants_membership",
            },
        ),
    ]
