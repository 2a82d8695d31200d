from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0026_modes")]

    operations = [
        migrations.RemoveConstraint(
            model_name="incident",
            name="incident_of_a_run_or_a_report",
        ),
        migrations.AddField(
            model_name="incident",
            name="cause",
            field=models.CharField(
                choices=[("card", "Card data in stored chats"), ("drift", "Settings changed behind the application")],
                db_default="card",
                default="card",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="found_with",
            field=models.PositiveIntegerField(db_default=0, default=0, help_text="Rule set that found them."),
        ),
        migrations.AlterField(
            model_name="incident",
            name="let_pass_from",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Oldest rule set that had let one pass."
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="let_pass_to",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Newest rule set that had let one pass."
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cause", "card"), ("report_id__isnull", False), ("run", None)),
                    models.Q(("cause", "card"), ("report_id", None), ("run__isnull", False)),
                    models.Q(("cause", "drift"), ("report_id", None), ("run", None)),
                    _connector="OR",
                ),
                name="incident_of_a_run_or_a_report",
            ),
        ),
    ]
