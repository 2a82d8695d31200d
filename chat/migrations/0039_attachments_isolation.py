from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the table."""

    dependencies = [("chat", "0038_attachments")]

    operations = [
        protect(
            "chat_attachment",
            references={"conversation_id": "chat_conversation", "message_id": "chat_message"},
        ),
    ]
