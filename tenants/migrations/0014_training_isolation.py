from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence what is asked of members to learn."""

    dependencies = [("tenants", "0013_training")]

    operations = [protect("tenants_trainingduty", references={"membership_id": "tenants_membership"})]
