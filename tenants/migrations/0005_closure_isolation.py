from django.db import migrations

from tenants.rls import APPEND_ONLY, protect


class Migration(migrations.Migration):
    """Fence the certificates; they can be added to and read, nothing else."""

    dependencies = [("tenants", "0004_closure")]

    operations = [protect("tenants_closurecertificate", grants=APPEND_ONLY)]
