from django.db import migrations, models


class Migration(migrations.Migration):
    """Say why no pack can be built of days whose entries have expired."""

    dependencies = [("compliance", "0017_audit_expiry")]

    operations = [
        migrations.AlterField(
            "evidencepack",
            "fault",
            models.CharField(
                blank=True,
                choices=[
                    ("not_over", "Its period is not over yet"),
                    ("not_sealed", "The audit trail is being sealed"),
                    ("no_anchors", "The anchors of the audit trail are out of reach"),
                    ("no_key", "The key that signs is out of reach"),
                    (
                        "lost",
                        "Its worker was lost again and again: build it at a quieter time, or tell the operators",
                    ),
                    ("expired", "Entries of its first days have expired in the audit trail: choose later days"),
                    ("too_large", "It would be larger than 4 GB: choose a shorter period"),
                ],
                default="",
                max_length=12,
            ),
        ),
    ]
