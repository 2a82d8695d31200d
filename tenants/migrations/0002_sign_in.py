import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import helpdesk.core.ids
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """What people sign in with, and as what they are signed in."""

    dependencies = [
        ("tenants", "0001_organisations"),
        # Its tables are people's. Made after ours, with each would be rendered all that is connected to a person.
        ("django_otp_webauthn", "0004_webauthnuserhandle"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="UsedPassword",
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
                        ("encoded", models.CharField(max_length=255)),
                        ("replaced_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["user", "-replaced_at"], name="used_password_recent")],
                    },
                ),
                migrations.CreateModel(
                    name="EmailChange",
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
                        ("former", models.EmailField(db_index=True, max_length=254)),
                        ("wanted", models.EmailField(max_length=254)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Waits for the link to be opened"),
                                    ("done", "Done"),
                                    ("withdrawn", "Withdrawn, or asked for anew"),
                                    ("stopped", "Stopped from the former address"),
                                    ("undone", "Taken back from the former address"),
                                ],
                                default="asked",
                                max_length=9,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("settled_at", models.DateTimeField(help_text="When it was done, or given up.", null=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")), fields=("user",), name="email_change_asked_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SealedTOTPDevice",
                    fields=[
                        (
                            "user",
                            models.ForeignKey(
                                help_text="The user that this device belongs to.",
                                on_delete=django.db.models.deletion.CASCADE,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                        ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                        (
                            "throttling_failure_timestamp",
                            models.DateTimeField(
                                blank=True,
                                default=None,
                                help_text="A timestamp of the last failed verification attempt. Null if last attempt succeeded.",
                                null=True,
                            ),
                        ),
                        (
                            "throttling_failure_count",
                            models.PositiveIntegerField(default=0, help_text="Number of successive failed attempts."),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                auto_now_add=True,
                                help_text="The date and time when this device was initially created in the system.",
                                null=True,
                            ),
                        ),
                        (
                            "last_used_at",
                            models.DateTimeField(
                                blank=True, help_text="The most recent date and time this device was used.", null=True
                            ),
                        ),
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("sealed_seed", models.BinaryField()),
                        ("last_t", models.BigIntegerField(default=-1)),
                    ],
                    options={
                        "verbose_name": "authenticator app",
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="Passkey",
                    fields=[
                        (
                            "user",
                            models.ForeignKey(
                                help_text="The user that this device belongs to.",
                                on_delete=django.db.models.deletion.CASCADE,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                        ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                        (
                            "created_at",
                            models.DateTimeField(
                                auto_now_add=True,
                                help_text="The date and time when this device was initially created in the system.",
                                null=True,
                            ),
                        ),
                        (
                            "last_used_at",
                            models.DateTimeField(
                                blank=True, help_text="The most recent date and time this device was used.", null=True
                            ),
                        ),
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "credential_type",
                            models.CharField(
                                choices=[("public-key", "Public Key")],
                                default="public-key",
                                editable=False,
                                max_length=32,
                                verbose_name="credential type",
                            ),
                        ),
                        ("credential_id", models.BinaryField(max_length=1023, verbose_name="credential id data")),
                        ("public_key", models.BinaryField(max_length=1023, verbose_name="COSE public key data")),
                        ("transports", models.JSONField(default=list, editable=False, verbose_name="transports")),
                        (
                            "backup_eligible",
                            models.BooleanField(default=False, editable=False, verbose_name="backup eligible"),
                        ),
                        (
                            "backup_state",
                            models.BooleanField(default=False, editable=False, verbose_name="backup state"),
                        ),
                        ("aaguid", models.CharField(editable=False, max_length=36, verbose_name="AAGUID")),
                        (
                            "credential_id_sha256",
                            models.CharField(
                                editable=False, max_length=64, unique=True, verbose_name="hashed credential id"
                            ),
                        ),
                        (
                            "discoverable",
                            models.BooleanField(default=None, editable=False, null=True, verbose_name="discoverable"),
                        ),
                        ("sign_count", models.BigIntegerField(default=0, editable=False)),
                    ],
                    options={
                        "verbose_name": "passkey",
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="BackupCodes",
                    fields=[
                        (
                            "user",
                            models.ForeignKey(
                                help_text="The user that this device belongs to.",
                                on_delete=django.db.models.deletion.CASCADE,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                        ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                        (
                            "throttling_failure_timestamp",
                            models.DateTimeField(
                                blank=True,
                                default=None,
                                help_text="A timestamp of the last failed verification attempt. Null if last attempt succeeded.",
                                null=True,
                            ),
                        ),
                        (
                            "throttling_failure_count",
                            models.PositiveIntegerField(default=0, help_text="Number of successive failed attempts."),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                auto_now_add=True,
                                help_text="The date and time when this device was initially created in the system.",
                                null=True,
                            ),
                        ),
                        (
                            "last_used_at",
                            models.DateTimeField(
                                blank=True, help_text="The most recent date and time this device was used.", null=True
                            ),
                        ),
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("digests", models.JSONField()),
                    ],
                    options={
                        "verbose_name": "backup codes",
                        "abstract": False,
                        "constraints": [models.UniqueConstraint(fields=("user",), name="backup_codes_one_set")],
                    },
                ),
                migrations.CreateModel(
                    name="StaffSession",
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
                        ("session_hash", models.BinaryField(max_length=32, unique=True)),
                        ("began_at", models.DateTimeField(help_text="When both factors were given.")),
                        (
                            "active_at",
                            models.DateTimeField(help_text="When the person last did something, to within seconds."),
                        ),
                        ("address", models.GenericIPAddressField(help_text="Where it was last seen.")),
                        (
                            "browser",
                            models.CharField(
                                help_text="Its name and system, from the User-Agent header.", max_length=80
                            ),
                        ),
                        ("device_key_hash", models.BinaryField(max_length=32, null=True)),
                        ("proved_at", models.DateTimeField(null=True)),
                        ("proved_looks", models.CharField(blank=True, db_default="", default="", max_length=32)),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
            ],
        ),
    ]
