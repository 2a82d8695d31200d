from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence an organisation's account at its payment provider."""

    dependencies = [("chat", "0040_payments")]

    operations = [protect("chat_paymentaccount")]
