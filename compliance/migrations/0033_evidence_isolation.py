from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence evidence packs and the pieces of their files."""

    dependencies = [("compliance", "0032_evidence")]

    operations = [
        protect("compliance_evidencepack", references={"asked_by_id": "tenants_membership"}),
        protect("compliance_evidencepart", references={"pack_id": "compliance_evidencepack"}),
    ]
