from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the table."""

    dependencies = [("chat", "0010_read_marks")]

    operations = [protect("chat_readmark", references={"conversation_id": "chat_conversation"})]
