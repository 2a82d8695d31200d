from django.db import migrations
from django.db.migrations import RunSQL

from tenants.rls import APP_ROLE

TABLE = "compliance_anchorkey"


class Migration(migrations.Migration):
    """Let the application make keys that sign anchors, and wrap them again; never change or take one away."""

    dependencies = [("compliance", "0020_anchor_keys")]

    operations = [
        RunSQL(
            f"GRANT SELECT, INSERT, UPDATE (wrapped) ON {TABLE} TO {APP_ROLE}",
            f"REVOKE ALL ON {TABLE} FROM {APP_ROLE}",
        )
    ]
