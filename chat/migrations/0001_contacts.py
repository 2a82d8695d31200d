import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import compliance.sealed_text
import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """Inboxes and their teams, contacts and their sessions."""

    initial = True

    dependencies = [
        ("compliance", "0012_refusals"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Inbox",
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
                        ("name", models.CharField(max_length=80)),
                        (
                            "widget_key",
                            models.CharField(
                                help_text="Public; stands in the embed snippet.", max_length=32, unique=True
                            ),
                        ),
                        ("greeting", models.CharField(max_length=280)),
                        (
                            "seen_at",
                            models.DateTimeField(
                                blank=True, help_text="When the widget last opened on a site.", null=True
                            ),
                        ),
                        ("seen_origin", models.CharField(blank=True, max_length=255)),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name_plural": "inboxes",
                        "abstract": False,
                        "base_manager_name": "objects",
                    },
                ),
                migrations.CreateModel(
                    name="Team",
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
                        ("name", models.CharField(max_length=40)),
                        ("created_at", models.DateTimeField()),
                        (
                            "deleted_at",
                            models.DateTimeField(
                                blank=True, help_text="Gone, but can be brought back for a while.", null=True
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                models.F("tenant"),
                                django.db.models.functions.text.Lower("name"),
                                condition=models.Q(("deleted_at", None)),
                                name="team_name_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TeamMember",
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
                            "team",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="members",
                                to="chat.team",
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
                        ("joined_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "team", "membership"), name="team_member_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Availability",
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
                        (
                            "status",
                            models.CharField(
                                choices=[("online", "Online"), ("away", "Away"), ("offline", "Offline")], max_length=8
                            ),
                        ),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "membership"), name="availability_one_a_member")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contact",
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
                        ("created_at", models.DateTimeField()),
                        ("blocked_at", models.DateTimeField(blank=True, null=True)),
                        ("name", compliance.sealed_text.SealedTextField(null=True)),
                        ("email", compliance.sealed_text.SealedTextField(null=True)),
                        ("phone", compliance.sealed_text.SealedTextField(null=True)),
                        ("email_token", models.BinaryField(max_length=20, null=True)),
                        ("phone_token", models.BinaryField(max_length=20, null=True)),
                        ("subject", compliance.sealed_text.SealedTextField(null=True)),
                        ("subject_token", models.BinaryField(max_length=20, null=True)),
                        ("details_changed_at", models.DateTimeField(null=True)),
                        (
                            "email_replaced_at",
                            models.DateTimeField(
                                help_text="When the visitor put an address in another's place; nobody has confirmed it since.",
                                null=True,
                            ),
                        ),
                        (
                            "objected_at",
                            models.DateTimeField(
                                help_text="When they objected: they are not mailed of answers, nor asked how it was.",
                                null=True,
                            ),
                        ),
                        (
                            "restricted_at",
                            models.DateTimeField(
                                help_text="Since when what is kept of them is kept and not used: out of lists, searches and exports.",
                                null=True,
                            ),
                        ),
                        (
                            "masked_with",
                            models.PositiveIntegerField(
                                help_text="Number of the rule set that scanned the details.", null=True
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "email_token"], name="contact_by_email"),
                            models.Index(fields=["tenant", "phone_token"], name="contact_by_phone"),
                            models.Index(
                                condition=models.Q(("subject_token__isnull", False)),
                                fields=["tenant", "subject_token"],
                                name="contact_by_subject",
                            ),
                            models.Index(
                                condition=models.Q(("restricted_at__isnull", False)),
                                fields=["tenant", "id"],
                                name="contact_restricted",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VisitorSession",
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
                            "contact",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sessions",
                                to="chat.contact",
                            ),
                        ),
                        ("token_hash", models.BinaryField(max_length=32)),
                        (
                            "former_hash",
                            models.BinaryField(
                                help_text="Of the token before: what still comes by it begins nothing beside this.",
                                max_length=32,
                                null=True,
                            ),
                        ),
                        (
                            "origin",
                            models.CharField(
                                blank=True, help_text="Site that showed the widget, without path.", max_length=255
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("seen_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        (
                            "notice_hash",
                            models.BinaryField(
                                help_text="Of the text last shown or agreed to; empty when that was withdrawn.",
                                max_length=32,
                                null=True,
                            ),
                        ),
                        (
                            "signed_until",
                            models.DateTimeField(
                                help_text="How long the organisation's site vouches for the visitor; the session ends with it.",
                                null=True,
                            ),
                        ),
                        (
                            "signed_with",
                            models.UUIDField(help_text="The key of the token that vouched for them.", null=True),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("former_hash__isnull", False)),
                                fields=["tenant", "former_hash"],
                                name="visitor_session_formerly",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "token_hash"), name="visitor_session_token_once")
                        ],
                    },
                ),
            ],
        ),
    ]
