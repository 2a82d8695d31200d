from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the table."""

    dependencies = [("chat", "0030_ratings")]

    operations = [
        protect("chat_rating", references={"conversation_id": "chat_conversation", "contact_id": "chat_contact"}),
    ]
