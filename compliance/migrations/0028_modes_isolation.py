from django.db import migrations

from tenants.rls import APPEND_ONLY, let_operator, protect

ASKED = ("approved_kind", "approved_by", "approved_person", "approved_at", "due_at", "ended_at", "ended_as")


class Migration(migrations.Migration):
    """Fence switches, certificates and what settings were; nobody deletes them, and certificates are only added to."""

    dependencies = [("compliance", "0027_incident_cause")]

    operations = [
        protect("compliance_modeswitch", grants=("SELECT", "INSERT", "UPDATE")),
        protect("compliance_modecertificate", references={"switch_id": "compliance_modeswitch"}, grants=APPEND_ONLY),
        protect("compliance_policystanding", grants=("SELECT", "INSERT", "UPDATE")),
        let_operator("compliance_modeswitch", select=(), insert=(), update=ASKED),
        let_operator(
            "compliance_policystanding",
            select=(),
            insert=(),
            update=("choices", "modes", "retention", "changed_at"),
        ),
        migrations.RunSQL(
            "GRANT SELECT (cause) ON compliance_incident TO hd_operator",
            "REVOKE SELECT (cause) ON compliance_incident FROM hd_operator",
        ),
    ]
