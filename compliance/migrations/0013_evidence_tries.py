from django.db import migrations, models


class Migration(migrations.Migration):
    """Count how often a pack was begun: the last worker alone may go on, and one that is lost each time is given up."""

    dependencies = [("compliance", "0012_refusals")]

    operations = [
        migrations.AddField(
            "evidencepack",
            "tries",
            models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="How often a worker began it; the last one alone may go on."
            ),
        ),
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
                    ("too_large", "It would be larger than 4 GB: choose a shorter period"),
                ],
                default="",
                max_length=12,
            ),
        ),
    ]
