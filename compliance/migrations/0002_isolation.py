from django.db import migrations

from tenants.rls import APPEND_ONLY, protect


class Migration(migrations.Migration):
    """Fence the tables; the audit trail can be added to and read, nothing else."""

    dependencies = [("compliance", "0001_initial"), ("tenants", "0002_isolation")]

    operations = [
        protect("compliance_auditentry", grants=APPEND_ONLY),
        protect("compliance_ruleset", grants=APPEND_ONLY),
        protect("compliance_retentionpolicy"),
        protect("compliance_jobrun"),
    ]
