from django.db import migrations, models


class Migration(migrations.Migration):
    """Let incidents be of any kind, decided on, and counted when they are seen again."""

    dependencies = [
        ("compliance", "0033_evidence_isolation"),
        ("tenants", "0028_policy_floors"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="incident",
            name="incident_of_a_run_or_a_report",
        ),
        migrations.AddField(
            model_name="incident",
            name="about",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="Which control, or what of the trail.", max_length=40
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="aware_at",
            field=models.DateTimeField(
                blank=True, help_text="From when the clocks run, if not from when it was opened.", null=True
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="decided_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="decided_by",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="decision",
            field=models.CharField(
                blank=True,
                choices=[("", "Not decided yet"), ("breach", "A breach"), ("none", "No breach")],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="seen_at",
            field=models.DateTimeField(blank=True, help_text="When a detector last saw it again.", null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="verdict",
            field=models.JSONField(
                blank=True, help_text="What it rests on: names of ours, and how many people.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="cause",
            field=models.CharField(
                choices=[
                    ("card", "Card data in stored chats"),
                    ("drift", "Settings changed behind the application"),
                    ("trail", "The audit trail does not hold"),
                    ("probe", "Somebody else has tried to get in"),
                    ("control", "A control has failed or was missed"),
                    ("person", "Reported by a person"),
                ],
                db_default="card",
                default="card",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cause", "card"), ("report_id__isnull", False), ("run", None)),
                    models.Q(("cause", "card"), ("report_id", None), ("run__isnull", False)),
                    models.Q(models.Q(("cause", "card"), _negated=True), ("report_id", None), ("run", None)),
                    _connector="OR",
                ),
                name="incident_of_a_run_or_a_report",
            ),
        ),
    ]
