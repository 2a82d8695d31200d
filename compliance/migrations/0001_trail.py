import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """The audit trails, the keys that sign their anchors, and what members look for in them."""

    initial = True

    dependencies = [
        ("tenants", "0007_policy_floors"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
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
                        ("position", models.PositiveBigIntegerField(blank=True, editable=False, null=True)),
                        (
                            "hash",
                            models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
                        ),
                        ("sealed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("event", models.CharField(max_length=64)),
                        (
                            "actor_kind",
                            models.CharField(
                                choices=[
                                    ("member", "Member"),
                                    ("operator", "Operator"),
                                    ("visitor", "Visitor"),
                                    ("system", "System"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("actor_id", models.UUIDField(blank=True, null=True)),
                        ("object_kind", models.CharField(max_length=64)),
                        ("object_id", models.UUIDField(blank=True, null=True)),
                        ("facts", models.JSONField(default=dict)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name_plural": "audit entries",
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("event", "audit.expired")),
                                fields=["tenant", "position"],
                                name="audit_checkpoints",
                            ),
                            models.Index(
                                condition=models.Q(("position", None)), fields=["tenant", "id"], name="audit_waiting"
                            ),
                            models.Index(fields=["tenant", "-at"], name="audit_recent"),
                            models.Index(
                                condition=models.Q(("event", "conversation.disclosed")),
                                fields=["tenant", "object_id"],
                                name="audit_disclosures_of",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("hash", ""), ("position", None), ("sealed_at", None)),
                                    models.Q(
                                        ("hash__regex", "^[0-9a-f]{64}$"),
                                        ("position__gte", 1),
                                        ("sealed_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="audit_entry_sealed_or_not",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("position__isnull", False)),
                                fields=("tenant", "position"),
                                name="audit_entry_in_place",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OperatorEntry",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("position", models.PositiveBigIntegerField(blank=True, editable=False, null=True)),
                        (
                            "hash",
                            models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
                        ),
                        ("sealed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("event", models.CharField(max_length=64)),
                        ("operator_id", models.UUIDField(blank=True, help_text="None: the service itself.", null=True)),
                        ("organisation_id", models.UUIDField(blank=True, null=True)),
                        ("object_kind", models.CharField(max_length=64)),
                        ("object_id", models.UUIDField(blank=True, null=True)),
                        ("facts", models.JSONField(default=dict)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name": "operators' entry",
                        "verbose_name_plural": "operators' trail",
                        "indexes": [
                            models.Index(fields=["-at"], name="operator_entry_recent"),
                            models.Index(
                                condition=models.Q(("position", None)), fields=["id"], name="operator_entry_waiting"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("hash", ""), ("position", None), ("sealed_at", None)),
                                    models.Q(
                                        ("hash__regex", "^[0-9a-f]{64}$"),
                                        ("position__gte", 1),
                                        ("sealed_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="operator_entry_sealed_or_not",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("position__isnull", False)),
                                fields=("position",),
                                name="operator_entry_in_place",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AnchorKey",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("number", models.PositiveIntegerField(unique=True)),
                        (
                            "public",
                            models.CharField(help_text="In hexadecimal, to be published.", max_length=64, unique=True),
                        ),
                        ("wrapped", models.BinaryField()),
                        ("made_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="TrailView",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
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
                        (
                            "membership",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("query", models.CharField(max_length=300)),
                        ("saved_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "membership", "query"), name="trail_view_once")
                        ],
                    },
                ),
            ],
        ),
    ]
