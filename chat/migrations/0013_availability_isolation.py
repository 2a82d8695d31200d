from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the table."""

    dependencies = [("chat", "0012_availability")]

    operations = [protect("chat_availability", references={"membership_id": "tenants_membership"})]
