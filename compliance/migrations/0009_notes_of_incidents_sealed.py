from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import compliance.sealed_text
import tenants.models.base
from tenants.rls import OPERATOR_ROLE


class Migration(migrations.Migration):
    """Seal what is noted of an incident, and let a person's report be one.

    Notes written before lay readable and are dropped; the incidents stay as they are, so their constraint holds for
    what is written from now on.
    """

    dependencies = [("compliance", "0008_operator_numbers_rule_sets")]

    operations = [
        migrations.RemoveConstraint("incident", "incident_closed_with_a_note"),
        # Taken back, closed incidents need some note.
        migrations.RunSQL("SELECT 1", "UPDATE compliance_incident SET note = '-' WHERE state = 'closed'"),
        migrations.RemoveField("incident", "note"),
        migrations.AddField(
            "incident",
            "note",
            compliance.sealed_text.SealedTextField(blank=True, help_text="Why it was closed.", null=True),
        ),
        migrations.AddField(
            "incident",
            "masked_with",
            models.PositiveIntegerField(
                db_default=0, default=0, help_text="Number of the rule set that scanned the note."
            ),
        ),
        migrations.AddField(
            "incident",
            "report_id",
            models.UUIDField(blank=True, help_text="Or the report of a person who saw it.", null=True),
        ),
        migrations.AlterField(
            "incident",
            "run",
            tenants.models.base.TenantForeignKey(
                blank=True,
                db_constraint=False,
                help_text="The re-scan that found it.",
                null=True,
                on_delete=models.PROTECT,
                related_name="+",
                to="compliance.jobrun",
            ),
        ),
        AddConstraintNotValid(
            "incident",
            models.CheckConstraint(
                condition=models.Q(("state", "closed"), _negated=True) | models.Q(("note__isnull", False)),
                name="incident_closed_with_a_note",
            ),
        ),
        migrations.AddConstraint(
            "incident",
            models.UniqueConstraint(fields=("tenant", "report_id"), name="incident_once_per_report"),
        ),
        migrations.AddConstraint(
            "incident",
            models.CheckConstraint(
                condition=models.Q(("report_id__isnull", False), ("run", None))
                | models.Q(("report_id", None), ("run__isnull", False)),
                name="incident_of_a_run_or_a_report",
            ),
        ),
        migrations.RunSQL(
            f"GRANT SELECT (report_id, masked_with) ON compliance_incident TO {OPERATOR_ROLE}",
            f"REVOKE SELECT (report_id, masked_with) ON compliance_incident FROM {OPERATOR_ROLE}",  # noqa: S608 (our own name)
        ),
    ]
