from django.db import migrations

from tenants.rls import grant, let_operator, protect


class Migration(migrations.Migration):
    """Fence agreements and notices; operators keep the list of sub-processors, and record what a mode stands on."""

    dependencies = [("compliance", "0039_agreements")]

    operations = [
        protect("compliance_agreement", grants=("SELECT", "INSERT", "UPDATE")),
        protect("compliance_subprocessornotice", grants=("SELECT", "INSERT", "DELETE")),
        grant("compliance_subprocessor", "SELECT", "INSERT", "UPDATE"),
        let_operator("compliance_agreement", select=(), insert=()),
        let_operator("compliance_subprocessor", fenced=False, select=(), insert=(), update=("ended_at",)),
    ]
