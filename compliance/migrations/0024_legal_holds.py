import django.db.models.deletion
from django.db import migrations, models

import compliance.sealed_text
import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """Keep named records from every disposal, and more classes of records for a time of their own."""

    dependencies = [
        ("compliance", "0023_trail_views_isolation"),
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
        migrations.AlterField(
            model_name="retentionpolicy",
            name="keep_days",
            field=models.PositiveIntegerField(help_text="Days after the last event of a record."),
        ),
        migrations.AlterField(
            model_name="retentionpolicy",
            name="record_class",
            field=models.CharField(
                choices=[
                    ("conversation", "Conversations"),
                    ("contact", "Visitors who never wrote"),
                    ("form", "Records of secure forms"),
                    ("proof", "Proofs of identity"),
                    ("rating", "Ratings"),
                    ("link", "Mailed links"),
                    ("report", "Reports about masking"),
                    ("receipt", "Superseded consent receipts"),
                ],
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("conversation", "One conversation"),
                            ("contact", "Everything of one visitor"),
                            ("query", "Every conversation that matches a search"),
                        ],
                        max_length=12,
                    ),
                ),
                ("target_id", models.UUIDField(null=True)),
                ("query", models.JSONField(help_text="Ids and days.", null=True)),
                ("reason", compliance.sealed_text.SealedTextField(help_text="Why it was placed.")),
                (
                    "masked_with",
                    models.PositiveIntegerField(help_text="Number of the rule set that scanned the reason."),
                ),
                ("placed_at", models.DateTimeField()),
                ("release_asked_at", models.DateTimeField(null=True)),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "placed_by",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.membership",
                    ),
                ),
                (
                    "release_asked_by",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.membership",
                    ),
                ),
                (
                    "released_by",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        null=True,
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("released_at", None)),
                        fields=["tenant", "kind", "target_id"],
                        name="legal_hold_in_force",
                    ),
                    models.Index(fields=["tenant", "-placed_at"], name="legal_hold_recent"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "query"), ("query__isnull", False), ("target_id", None)),
                            models.Q(
                                models.Q(("kind", "query"), _negated=True),
                                ("query", None),
                                ("target_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="legal_hold_on_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("release_asked_at", None), ("release_asked_by", None)),
                            models.Q(("release_asked_at__isnull", False), ("release_asked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="legal_hold_release_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("released_at", None), ("released_by", None)),
                            models.Q(
                                ("release_asked_by__isnull", False),
                                ("released_at__isnull", False),
                                ("released_by__isnull", False),
                                models.Q(("released_by", models.F("release_asked_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="legal_hold_released_by_two",
                    ),
                ],
            },
        ),
    ]
