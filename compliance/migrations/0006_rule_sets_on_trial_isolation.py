from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence proposals and incidents."""

    dependencies = [("compliance", "0005_rule_sets_on_trial")]

    operations = [
        protect(
            "compliance_rulesetproposal",
            references={"dry_run_id": "compliance_jobrun", "shadow_run_id": "compliance_jobrun"},
        ),
        protect("compliance_incident", references={"run_id": "compliance_jobrun"}),
        protect("compliance_incidentrecord", references={"incident_id": "compliance_incident"}),
    ]
