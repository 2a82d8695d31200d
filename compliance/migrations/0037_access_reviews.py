import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """Reviews of who has access, person by person, with who signed for them."""

    dependencies = [
        ("compliance", "0036_incident_parts_isolation"),
        ("tenants", "0028_policy_floors"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessReview",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("begun_by", models.UUIDField(blank=True, null=True)),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                ("signed_by", models.UUIDField(blank=True, null=True)),
                (
                    "counts",
                    models.JSONField(blank=True, help_text="Of what was signed: per decision how many.", null=True),
                ),
                (
                    "reminded_at",
                    models.DateTimeField(blank=True, help_text="When a mail said that it is due soon.", null=True),
                ),
                (
                    "overdue_told_at",
                    models.DateTimeField(blank=True, help_text="When a mail said that it is overdue.", null=True),
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
                "indexes": [models.Index(fields=["tenant", "-signed_at"], name="access_review_recent")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("signed_at", None)), fields=("tenant",), name="access_review_one_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("signed_at", None), ("signed_by", None)),
                            models.Q(
                                ("begun_at__isnull", False), ("signed_at__isnull", False), ("signed_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="access_review_signed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessReviewLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("compliance", "Compliance officer"),
                            ("supervisor", "Supervisor"),
                            ("agent", "Agent"),
                            ("auditor", "Auditor"),
                        ],
                        help_text="As the review began.",
                        max_length=12,
                    ),
                ),
                ("used_at", models.DateTimeField(help_text="When they last did something, as it began.")),
                ("has_factor", models.BooleanField(help_text="Whether they had a second factor, as it began.")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not looked at"),
                            ("keep", "Keep"),
                            ("change", "Change the role"),
                            ("remove", "Take away"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", models.UUIDField(blank=True, null=True)),
                (
                    "membership",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.membership",
                    ),
                ),
                (
                    "review",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="compliance.accessreview",
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
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "review", "membership"), name="access_review_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decision", "")),
                            models.Q(models.Q(("decision", ""), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="access_review_line_decided_at",
                    ),
                ],
            },
        ),
    ]
