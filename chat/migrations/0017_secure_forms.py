import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """Secure forms: which there are, who asked for one, and for which key. Never a value."""

    dependencies = [
        ("chat", "0016_consent_isolation"),
        ("tenants", "0022_place_due_isolation"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("point", models.BinaryField(max_length=65)),
                ("fingerprint", models.BinaryField(max_length=32)),
                (
                    "browser",
                    models.CharField(help_text="Its name and system, from the User-Agent header.", max_length=80),
                ),
                ("enrolled_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
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
            name="FormRequest",
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
                            ("card", "Payment card"),
                            ("ssn", "Social security number"),
                            ("insurance", "Health insurance"),
                            ("bank", "Bank account"),
                            ("custom", "A form of your own"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("fields", models.JSONField()),
                (
                    "by_visitor",
                    models.BooleanField(default=False, help_text="The visitor wanted to send something this way."),
                ),
                ("session_id", models.UUIDField(help_text="The recipient's sign-in that asked; it ends with that.")),
                (
                    "looks",
                    models.CharField(help_text="From which machine they asked (helpdesk.core.machine).", max_length=32),
                ),
                ("unread_s", models.PositiveIntegerField(help_text="How long what is sent may wait to be read.")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Waiting for the visitor"),
                            ("opened", "Being filled in"),
                            ("submitted", "Sent, not read yet"),
                            ("viewed", "On the screen"),
                            ("destroyed", "Read and destroyed"),
                            ("declined", "Declined"),
                            ("expired", "Run out"),
                            ("cancelled", "Withdrawn"),
                            ("revoked", "Destroyed unread"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True, help_text="What ended it early: a name out of the code.", max_length=12
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(help_text="When the present state runs out.")),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("viewed_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "conversation",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="form_requests",
                        to="chat.conversation",
                    ),
                ),
                (
                    "key",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="chat.formkey",
                    ),
                ),
                (
                    "recipient",
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
            name="FormTemplate",
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
                            ("card", "Payment card"),
                            ("ssn", "Social security number"),
                            ("insurance", "Health insurance"),
                            ("bank", "Bank account"),
                            ("custom", "A form of your own"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=60)),
                ("fields", models.JSONField(default=list)),
                ("is_on", models.BooleanField(default=True)),
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
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="formkey",
            constraint=models.UniqueConstraint(fields=("tenant", "membership", "fingerprint"), name="form_key_once"),
        ),
        migrations.AddIndex(
            model_name="formrequest",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["tenant", "expires_at"],
                name="form_request_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="formrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["requested", "opened", "submitted", "forwarding", "viewed"])),
                fields=("tenant", "conversation"),
                name="form_request_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="formrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["requested", "opened", "submitted", "forwarding", "viewed"]),
                    ("ended_at__isnull", False),
                    _connector="XOR",
                ),
                name="form_request_ends_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="formtemplate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "custom"), _negated=True),
                fields=("tenant", "kind"),
                name="form_template_kind_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="formtemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "custom"), ("name", ""), _connector="XOR"),
                name="form_template_name_of_custom",
            ),
        ),
    ]
