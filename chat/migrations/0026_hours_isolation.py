from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the tables."""

    dependencies = [("chat", "0025_hours")]

    operations = [protect("chat_businesshours"), protect("chat_closedday")]
