from django.db import migrations, models

import helpdesk.core.ids
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """Wrapped keys of organisations and their contacts, how they are turned, and what proves that they are gone."""

    initial = True

    dependencies = []

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="TenantKey",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("tenant_id", models.UUIDField()),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("content", "Chat content"),
                                    ("files", "Files"),
                                    ("index", "Search index"),
                                    ("audit", "Audit trail"),
                                    ("export", "Exports"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("version", models.PositiveIntegerField()),
                        ("provider", models.CharField(max_length=16)),
                        ("wrapped", models.BinaryField()),
                        (
                            "key_reference",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The organisation's own key; empty: ours.",
                                max_length=200,
                            ),
                        ),
                        (
                            "check_value",
                            models.BinaryField(
                                help_text="Tells a wrong key from the right one, and nothing else.", null=True
                            ),
                        ),
                        (
                            "fingerprint",
                            models.CharField(help_text="Start of the SHA-256 of the wrapped key.", max_length=16),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "Active"), ("retired", "Retired")], default="active", max_length=8
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant_id", "purpose", "version"), name="tenant_key_version_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactKey",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("tenant_id", models.UUIDField()),
                        ("contact_id", models.UUIDField()),
                        ("version", models.PositiveIntegerField()),
                        ("wrapped", models.BinaryField()),
                        (
                            "wrapped_with",
                            models.PositiveIntegerField(
                                db_default=1, default=1, help_text="Version of the content key."
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("active", "Active"), ("retired", "Retired")], default="active", max_length=8
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant_id", "wrapped_with", "id"], name="contact_key_to_rewrap")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant_id", "contact_id", "version"), name="contact_key_version_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rotation",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("tenant_id", models.UUIDField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[("tenant", "Tenant key"), ("contact", "Contact key")], max_length=8
                            ),
                        ),
                        ("subject", models.CharField(help_text="Purpose, or the contact's id.", max_length=40)),
                        ("old_version", models.PositiveIntegerField()),
                        ("new_version", models.PositiveIntegerField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("running", "Moving to the new key"),
                                    ("gone", "Old key destroyed"),
                                    ("done", "Done"),
                                ],
                                default="running",
                                max_length=8,
                            ),
                        ),
                        (
                            "moved",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Keys wrapped again, or rows sealed again."
                            ),
                        ),
                        ("started_at", models.DateTimeField()),
                        ("finished_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "done"), _negated=True),
                                fields=("tenant_id", "kind", "subject"),
                                name="rotation_one_at_a_time",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OwnKey",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("tenant_id", models.UUIDField()),
                        ("provider", models.CharField(max_length=16)),
                        ("reference", models.CharField(max_length=200)),
                        (
                            "state",
                            models.CharField(
                                choices=[("on", "Connected"), ("revoked", "Revoked")], default="on", max_length=8
                            ),
                        ),
                        ("connected_at", models.DateTimeField()),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant_id",), name="own_key_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Destruction",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("tenant_id", models.UUIDField()),
                        ("tenant_keys", models.PositiveIntegerField()),
                        ("contact_keys", models.PositiveIntegerField()),
                        ("fingerprints", models.JSONField(help_text="Of the wrapped tenant keys.")),
                        ("destroyed_at", models.DateTimeField()),
                    ],
                    options={
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant_id",), name="destruction_once")],
                    },
                ),
            ],
        ),
    ]
