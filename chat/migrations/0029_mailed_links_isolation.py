from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the table."""

    dependencies = [("chat", "0028_mailed_links")]

    operations = [
        protect(
            "chat_mailedlink",
            references={"conversation_id": "chat_conversation", "contact_id": "chat_contact"},
        ),
    ]
