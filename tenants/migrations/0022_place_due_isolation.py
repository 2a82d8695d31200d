from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence by when an organisation has to limit networks or browsers."""

    dependencies = [("tenants", "0021_place_due")]

    operations = [protect("tenants_placedue")]
