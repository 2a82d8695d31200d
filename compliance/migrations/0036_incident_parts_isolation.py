from typing import Final

from django.db import migrations

from tenants.rls import grant, let_operator, protect

OF_INCIDENTS: Final = "about, aware_at, decided_at, decided_by, decision, seen_at, verdict"


class Migration(migrations.Migration):
    """Fence deadlines, lines and people of incidents and runs of controls; show operators states and times alone."""

    dependencies = [("compliance", "0035_incident_parts")]

    operations = [
        protect("compliance_incidentclock", references={"incident_id": "compliance_incident"}),
        protect(
            "compliance_incidentline",
            references={"incident_id": "compliance_incident", "assignee_id": "tenants_membership"},
        ),
        protect("compliance_incidentcontact", references={"incident_id": "compliance_incident"}),
        protect("compliance_controlrun", grants=("SELECT", "INSERT", "UPDATE")),
        grant("compliance_servicecontrol", "SELECT", "INSERT", "UPDATE"),
        # An operator who lets an organisation work again lets its controls be expected from then on.
        let_operator("compliance_controlrun", select=(), update=("since",)),
        let_operator("compliance_servicecontrol", fenced=False, select=()),
        migrations.RunSQL(
            f"GRANT SELECT ({OF_INCIDENTS}) ON compliance_incident TO hd_operator",
            f"REVOKE SELECT ({OF_INCIDENTS}) ON compliance_incident FROM hd_operator",  # noqa: S608 (names of ours)
        ),
    ]
