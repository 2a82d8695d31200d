from django.db import migrations

from tenants.rls import let_operator


class Migration(migrations.Migration):
    """Grant the operators' role what its pages show and its actions write: the audit trail is added to and read."""

    dependencies = [("compliance", "0004_masking_revision_isolation")]

    operations = [
        let_operator("compliance_auditentry", select=(), insert=()),
        let_operator("compliance_jobrun", select=()),
        let_operator("compliance_ruleset", select=()),
        let_operator("compliance_maskingrevision", select=()),
        let_operator("compliance_retentionpolicy", select=(), insert=(), update=("keep_days", "changed_at"), delete=()),
    ]
