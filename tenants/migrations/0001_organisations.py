import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """Organisations, people, and who belongs to which; what proves that one of them has ended."""

    initial = True

    dependencies = []

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Tenant",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        (
                            "slug",
                            models.SlugField(help_text="Its place in URLs: /o/<slug>/.", max_length=40, unique=True),
                        ),
                        (
                            "region",
                            models.CharField(
                                choices=[
                                    ("eu", "European Union"),
                                    ("us", "United States"),
                                    ("ca", "Canada"),
                                    ("uk", "United Kingdom"),
                                ],
                                max_length=2,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("suspended", "Suspended"),
                                    ("closing", "Closing"),
                                    ("closed", "Closed"),
                                ],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        (
                            "hipaa_state",
                            models.CharField(
                                choices=[
                                    ("off", "Off"),
                                    ("enabling", "Being switched on"),
                                    ("on", "On"),
                                    ("disabling", "Being switched off"),
                                ],
                                default="off",
                                max_length=10,
                                verbose_name="HIPAA mode",
                            ),
                        ),
                        (
                            "pci_state",
                            models.CharField(
                                choices=[
                                    ("off", "Off"),
                                    ("enabling", "Being switched on"),
                                    ("on", "On"),
                                    ("disabling", "Being switched off"),
                                ],
                                default="off",
                                max_length=10,
                                verbose_name="PCI mode",
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "closes_at",
                            models.DateTimeField(
                                blank=True, help_text="When a closing organisation's keys go.", null=True
                            ),
                        ),
                        (
                            "factors_due_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Until when agents without a second factor may still sign in under a mode.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "organisation",
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "email",
                            models.EmailField(
                                help_text="Kept in lower case.", max_length=254, verbose_name="work e-mail"
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("is_active", models.BooleanField(default=True)),
                        ("is_operator", models.BooleanField(default=False, help_text="Our staff: may use the admin.")),
                        ("email_confirmed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "must_change_password",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Someone else chose the password: at the first use its owner chooses their own.",
                            ),
                        ),
                        (
                            "session_epoch",
                            models.PositiveIntegerField(default=0, help_text="Raised to end every session."),
                        ),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("email"), name="user_email_unique"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
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
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
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
                                max_length=12,
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField()),
                        (
                            "first_access_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When the gate first let them to a page of the organisation.",
                                null=True,
                            ),
                        ),
                        (
                            "used_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                help_text="When they last did something in the organisation, to within hours, or were let in.",
                            ),
                        ),
                        (
                            "is_unused",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Deactivated since it was not used for too long.",
                            ),
                        ),
                        (
                            "unused_told_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When a mail last said that it will be deactivated, or was.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant", "user"), name="membership_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
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
                        ("email", models.EmailField(max_length=254)),
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
                                max_length=12,
                            ),
                        ),
                        ("token_hash", models.BinaryField(max_length=32)),
                        (
                            "invited_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("accepted_at", None)),
                                fields=("tenant", "email"),
                                name="invitation_pending_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AllowedOrigin",
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
                        ("origin", models.CharField(max_length=255)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant", "origin"), name="origin_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ClosureCertificate",
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
                            "step",
                            models.CharField(
                                choices=[
                                    ("keys", "Keys destroyed"),
                                    ("rows", "Rows purged"),
                                    ("trail", "Audit trail ended"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "facts",
                            models.JSONField(
                                help_text="Counts, fingerprints of wrapped keys, the last hash of the audit trail. No content."
                            ),
                        ),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "step"), name="closure_certificate_step_once")
                        ],
                    },
                ),
            ],
        ),
    ]
