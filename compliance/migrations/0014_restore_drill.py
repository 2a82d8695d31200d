from django.db import migrations, models

import helpdesk.core.ids


class Migration(migrations.Migration):
    """When a backup of the whole service was restored on trial, and what was found."""

    dependencies = [
        ("compliance", "0013_evidence_tries"),
    ]

    operations = [
        migrations.CreateModel(
            name="RestoreDrill",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField()),
                (
                    "backup_made_at",
                    models.DateTimeField(help_text="When the backup was begun; none if it is unreadable.", null=True),
                ),
                ("is_own", models.BooleanField(help_text="Whether the drill made the backup itself.")),
                ("held", models.BooleanField(help_text="Whether everything was as it has to be.")),
                (
                    "faults",
                    models.CharField(
                        blank=True, help_text="What was not, by name, with commas between.", max_length=120
                    ),
                ),
                (
                    "restored_ms",
                    models.PositiveBigIntegerField(help_text="How long both databases took to be restored."),
                ),
                ("databases", models.PositiveIntegerField(help_text="How many were restored.")),
                ("tenants", models.PositiveIntegerField(help_text="Organisations in the backup.")),
                ("rows", models.PositiveBigIntegerField()),
                ("entries", models.PositiveBigIntegerField(help_text="Audit entries verified, in every chain.")),
                (
                    "anchor",
                    models.PositiveIntegerField(help_text="Number of the newest anchor that was verified; 0 for none."),
                ),
                ("opened", models.PositiveIntegerField(help_text="Sealed texts of the sample that opened.")),
                (
                    "withheld",
                    models.PositiveIntegerField(
                        help_text="Those whose key an organisation keeps to itself, or is suspended."
                    ),
                ),
                ("unreadable", models.PositiveIntegerField(help_text="Texts of erased people that stay unreadable.")),
            ],
            options={
                "indexes": [models.Index(fields=["-started_at"], name="restore_drill_recent")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("faults", ""), ("held", True)),
                            models.Q(("held", False), models.Q(("faults", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="restore_drill_held_or_says_why",
                    )
                ],
            },
        ),
    ]
