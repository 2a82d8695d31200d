from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the views of the audit trail that members keep."""

    dependencies = [("compliance", "0022_trail_views")]

    operations = [protect("compliance_trailview", references={"membership_id": "tenants_membership"})]
