import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids


class Migration(migrations.Migration):
    """Weekly hours, and days on which nobody is there."""

    dependencies = [
        ("chat", "0024_proofs_isolation"),
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
        migrations.CreateModel(
            name="BusinessHours",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("is_on", models.BooleanField(default=True)),
                ("zone", models.CharField(help_text="A name of the time zone database.", max_length=64)),
                (
                    "week",
                    models.JSONField(help_text="Seven days, Monday first, each a list of [start, end] in minutes."),
                ),
                ("changed_at", models.DateTimeField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "business hours",
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("tenant",), name="business_hours_one")],
            },
        ),
        migrations.CreateModel(
            name="ClosedDay",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("name", models.CharField(help_text="What it is called, for the team.", max_length=60)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("tenant", "day"), name="closed_day_once")],
            },
        ),
    ]
