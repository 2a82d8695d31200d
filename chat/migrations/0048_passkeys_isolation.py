from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the table."""

    dependencies = [("chat", "0047_passkeys")]

    operations = [protect("chat_visitorpasskey", references={"contact_id": "chat_contact"})]
