from django.db import migrations

from tenants.rls import grant


class Migration(migrations.Migration):
    """Grant the application role the changes of address; an operator has no business with them."""

    dependencies = [("tenants", "0023_email_change")]

    operations = [grant("tenants_emailchange")]
