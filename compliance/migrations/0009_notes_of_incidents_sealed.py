from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import compliance.sealed_text
import tenants.models.base
from tenants.rls import OPERATOR_ROLE


def of_everyone(change: str) -> list[str]:
    """Change rows of all organisations: the owner sees them for as long as its own fence is down, in one transaction."""
    return [
        "ALTER TABLE compliance_incident NO FORCE ROW LEVEL SECURITY",
        f"UPDATE compliance_incident SET {change}",  # noqa: S608 (our own words)
        "ALTER TABLE compliance_incident FORCE ROW LEVEL SECURITY",
    ]


class Migration(migrations.Migration):
    """Seal what is noted of an incident, and let a person's report be one.

    Notes written before lay readable and are emptied; their incidents stay, so the constraint holds for what is written
    from now on. Their column stays as well, since processes of the release before still write it while this one comes
    up; it is for a later release to drop.
    """

    dependencies = [("compliance", "0008_operator_numbers_rule_sets")]

    operations = [
        migrations.RemoveConstraint("incident", "incident_closed_with_a_note"),
        migrations.RunSQL(
            [
                "ALTER TABLE compliance_incident ALTER COLUMN note SET DEFAULT ''",
                *of_everyone("note = '' WHERE note <> ''"),
            ],
            [
                *of_everyone("note = '-' WHERE state = 'closed'"),
                "ALTER TABLE compliance_incident ALTER COLUMN note DROP DEFAULT",
            ],
        ),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("incident", "note")]),
        migrations.AddField(
            "incident",
            "sealed_note",
            compliance.sealed_text.SealedTextField(blank=True, help_text="Why it was closed.", null=True),
        ),
        migrations.AddField(
            "incident",
            "masked_with",
            models.PositiveIntegerField(
                db_default=0, default=0, help_text="Number of the rule set that scanned the note."
            ),
        ),
        migrations.AlterField(
            "incident",
            "run",
            tenants.models.base.TenantForeignKey(
                blank=True,
                db_constraint=False,
                help_text="The re-scan that found it, if no person did.",
                null=True,
                on_delete=models.PROTECT,
                related_name="+",
                to="compliance.jobrun",
            ),
        ),
        AddConstraintNotValid(
            "incident",
            models.CheckConstraint(
                condition=models.Q(("state", "closed"), _negated=True) | models.Q(("sealed_note__isnull", False)),
                name="incident_closed_with_a_note",
            ),
        ),
        migrations.RunSQL(
            f"GRANT SELECT (masked_with) ON compliance_incident TO {OPERATOR_ROLE}",
            f"REVOKE SELECT (masked_with) ON compliance_incident FROM {OPERATOR_ROLE}",  # noqa: S608 (our own name)
        ),
    ]
