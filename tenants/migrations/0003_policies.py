import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """What organisations ask of their people: settings, training, and from where they may come."""

    dependencies = [
        ("tenants", "0002_sign_in"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="PolicyChoice",
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
                        ("key", models.CharField(max_length=40)),
                        ("value", models.CharField(max_length=20)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant", "key"), name="policy_choice_once")],
                    },
                ),
                migrations.CreateModel(
                    name="TrainingDuty",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "course",
                            models.CharField(
                                help_text="Key of a course of the product, or id of one of their own.", max_length=40
                            ),
                        ),
                        ("is_assigned", models.BooleanField(default=True)),
                        ("closes", models.BooleanField(help_text="Whether what is guarded is closed once it is due.")),
                        (
                            "guards",
                            models.CharField(
                                choices=[
                                    ("workspace", "The workspace"),
                                    ("forms", "What visitors send by secure forms"),
                                    ("health", "Conversations about health"),
                                ],
                                default="workspace",
                                max_length=10,
                            ),
                        ),
                        ("assigned_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField(help_text="Until when it has to be done, or done again.")),
                        ("version", models.PositiveIntegerField(default=0, help_text="Completed last; 0 for never.")),
                        ("completed_at", models.DateTimeField(blank=True, null=True)),
                        ("taking", models.PositiveIntegerField(default=0, help_text="The version being taken now.")),
                        (
                            "lessons_seen",
                            models.PositiveSmallIntegerField(default=0, help_text="Of the version being taken."),
                        ),
                        (
                            "passed_at",
                            models.DateTimeField(
                                blank=True, help_text="When its quiz was passed; not signed yet.", null=True
                            ),
                        ),
                        (
                            "reminded_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="The last reminder for this due date: so many days before it.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "membership", "course"), name="training_duty_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("completed_at", None), ("version", 0)),
                                    models.Q(("completed_at__isnull", False), ("version__gte", 1)),
                                    _connector="OR",
                                ),
                                name="training_duty_completed_in_a_version",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AddressRule",
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
                            "state",
                            models.CharField(choices=[("standing", "Standing"), ("trial", "On trial")], max_length=8),
                        ),
                        ("is_on", models.BooleanField()),
                        ("roles", models.JSONField(default=list)),
                        ("networks", models.JSONField(default=list)),
                        ("labels", models.JSONField(default=list)),
                        ("until", models.DateTimeField(blank=True, null=True)),
                        (
                            "changed_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "state"), name="address_rule_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "standing"), ("until", None)),
                                    models.Q(("state", "trial"), ("until__isnull", False)),
                                    _connector="OR",
                                ),
                                name="address_rule_trial_ends",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_on", False),
                                    models.Q(
                                        django.db.models.lookups.GreaterThan(
                                            models.Func(
                                                models.F("networks"),
                                                function="jsonb_array_length",
                                                output_field=models.IntegerField(),
                                            ),
                                            0,
                                        ),
                                        django.db.models.lookups.GreaterThan(
                                            models.Func(
                                                models.F("roles"),
                                                function="jsonb_array_length",
                                                output_field=models.IntegerField(),
                                            ),
                                            0,
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="address_rule_on_has_networks",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    django.db.models.lookups.Exact(
                                        models.Func(
                                            models.F("networks"),
                                            function="jsonb_array_length",
                                            output_field=models.IntegerField(),
                                        ),
                                        models.Func(
                                            models.F("labels"),
                                            function="jsonb_array_length",
                                            output_field=models.IntegerField(),
                                        ),
                                    )
                                ),
                                name="address_rule_labels_each",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BreakGlassCode",
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
                        ("code_hash", models.BinaryField(max_length=32)),
                        ("made_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "code_hash"), name="break_glass_code_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AddressWaiver",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("session_id", models.UUIDField()),
                        ("until", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "session_id"), name="address_waiver_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlaceDue",
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
                        ("due_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant",), name="place_due_once")],
                    },
                ),
                migrations.CreateModel(
                    name="SeenAddress",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("address", models.GenericIPAddressField()),
                        ("seen_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("user", "address"), name="seen_address_once")],
                    },
                ),
                migrations.CreateModel(
                    name="StaffDevice",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("key", "A key of the browser"), ("certificate", "A client certificate")],
                                max_length=12,
                            ),
                        ),
                        ("key_hash", models.BinaryField(max_length=32)),
                        (
                            "browser",
                            models.CharField(
                                help_text="Its name and system, from the User-Agent header.", max_length=80
                            ),
                        ),
                        ("address", models.GenericIPAddressField(help_text="Where it asked from.")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Waiting for an owner"),
                                    ("approved", "Approved"),
                                    ("revoked", "Revoked"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        (
                            "decided_by",
                            tenants.models.base.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "membership", "key_hash"), name="staff_device_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state", "asked"), ("decided_at__isnull", False), _connector="OR"),
                                name="staff_device_decided",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
