from django.db import migrations

from tenants.rls import narrow_policies


class Migration(migrations.Migration):
    """Let each policy of the keys say the tenant, beside the floor."""

    dependencies = [("keyring", "0005_operator")]

    operations = [narrow_policies()]
