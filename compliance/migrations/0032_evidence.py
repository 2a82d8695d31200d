import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """Packs of evidence, and the pieces of their files."""

    dependencies = [
        ("compliance", "0031_subject_requests_isolation"),
        ("tenants", "0028_policy_floors"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidencePack",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("first_on", models.DateField(help_text="The first day, UTC.")),
                ("last_on", models.DateField(help_text="The last day, UTC, included.")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("building", "Being built"),
                            ("ready", "Ready"),
                            ("failed", "Not built"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "fault",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_over", "Its period is not over yet"),
                            ("not_sealed", "The audit trail is being sealed"),
                            ("no_anchors", "The anchors of the audit trail are out of reach"),
                            ("no_key", "The key that signs is out of reach"),
                            ("too_large", "It would be larger than 4 GB: choose a shorter period"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("moved_at", models.DateTimeField(help_text="When a worker last did something for it.")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "done",
                    models.PositiveBigIntegerField(default=0, help_text="Entries of the trail that are in it so far."),
                ),
                ("total", models.PositiveBigIntegerField(default=0, help_text="Of so many.")),
                ("bytes", models.PositiveBigIntegerField(default=0)),
                (
                    "sha256",
                    models.CharField(blank=True, default="", help_text="The audit trail has it too.", max_length=64),
                ),
                (
                    "asked_by",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.membership",
                    ),
                ),
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
            },
        ),
        migrations.CreateModel(
            name="EvidencePart",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField(help_text="From 0.")),
                ("content", models.BinaryField()),
                (
                    "pack",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="compliance.evidencepack",
                    ),
                ),
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
            },
        ),
        migrations.AddIndex(
            model_name="evidencepack",
            index=models.Index(fields=["tenant", "-asked_at"], name="evidence_pack_recent"),
        ),
        migrations.AddConstraint(
            model_name="evidencepack",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_on__gte", models.F("first_on"))), name="evidence_pack_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="evidencepack",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("waiting", "building"))),
                fields=("tenant", "first_on", "last_on"),
                name="evidence_pack_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidencepart",
            constraint=models.UniqueConstraint(fields=("tenant", "pack", "number"), name="evidence_part_in_place"),
        ),
    ]
