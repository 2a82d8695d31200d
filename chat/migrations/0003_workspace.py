import django.db.models.deletion
from django.db import migrations, models

import compliance.sealed_text
import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """What agents work with beside conversations: replies, questions, hours, links and ratings."""

    dependencies = [
        ("chat", "0002_conversations"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="CannedResponse",
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
                        ("shortcut", models.CharField(max_length=32)),
                        ("text", compliance.sealed_text.SealedTextField()),
                        (
                            "masked_with",
                            models.PositiveIntegerField(help_text="Number of the rule set that scanned it."),
                        ),
                        ("changed_at", models.DateTimeField()),
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
                                condition=models.Q(("deleted_at", None)),
                                fields=("tenant", "shortcut"),
                                name="canned_response_shortcut_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("shortcut__regex", "^[a-z][a-z0-9-]*$"),
                                    models.Q(
                                        ("shortcut__regex", "[0-9][a-z-]*[0-9][a-z-]*[0-9][a-z-]*[0-9][a-z-]*[0-9]"),
                                        _negated=True,
                                    ),
                                ),
                                name="canned_response_shortcut_few_digits",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PreChatField",
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
                            "inbox",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pre_chat_fields",
                                to="chat.inbox",
                            ),
                        ),
                        ("key", models.CharField(help_text="Names it in frames; made by us.", max_length=16)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("name", "Name"),
                                    ("email", "E-mail address"),
                                    ("phone", "Telephone number"),
                                    ("custom", "A question of your own"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "label",
                            compliance.sealed_text.SealedTextField(help_text="Of a question of one's own.", null=True),
                        ),
                        ("is_required", models.BooleanField(default=False)),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "masked_with",
                            models.PositiveIntegerField(help_text="Number of the rule set that scanned it."),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "inbox", "key"), name="pre_chat_field_key_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "custom"), _negated=True),
                                fields=("tenant", "inbox", "kind"),
                                name="pre_chat_field_kind_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind", "custom"), ("label__isnull", True), _connector="XOR"),
                                name="pre_chat_field_label_of_custom",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PreChatAnswer",
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
                            "conversation",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="answers",
                                to="chat.conversation",
                            ),
                        ),
                        (
                            "contact",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.contact",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        ("label", compliance.sealed_text.SealedTextField()),
                        ("value", compliance.sealed_text.SealedTextField()),
                        (
                            "masked_with",
                            models.PositiveIntegerField(help_text="Number of the rule set that scanned it."),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "conversation", "position"), name="pre_chat_answer_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BusinessHours",
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
                        ("is_on", models.BooleanField(default=True)),
                        ("zone", models.CharField(help_text="A name of the time zone database.", max_length=64)),
                        (
                            "week",
                            models.JSONField(
                                help_text="Seven days, Monday first, each a list of [start, end] in minutes."
                            ),
                        ),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name_plural": "business hours",
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant",), name="business_hours_one")],
                    },
                ),
                migrations.CreateModel(
                    name="ClosedDay",
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
                        ("day", models.DateField()),
                        ("name", models.CharField(help_text="What it is called, for the team.", max_length=60)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant", "day"), name="closed_day_once")],
                    },
                ),
                migrations.CreateModel(
                    name="MailedLink",
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
                            "conversation",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mailed_links",
                                to="chat.conversation",
                            ),
                        ),
                        (
                            "contact",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.contact",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("answer", "There is an answer"), ("transcript", "A transcript")],
                                max_length=10,
                            ),
                        ),
                        (
                            "public_sequence",
                            models.PositiveIntegerField(default=0, help_text="Up to which message it tells of."),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("mailed_at", models.DateTimeField(null=True)),
                        ("expires_at", models.DateTimeField()),
                        ("token_hash", models.BinaryField(max_length=32, null=True)),
                        (
                            "address_token",
                            models.BinaryField(help_text="Of the address that it is for.", max_length=20),
                        ),
                        (
                            "code_hash",
                            models.BinaryField(
                                help_text="Keyed, of the code that was sent last.", max_length=32, null=True
                            ),
                        ),
                        ("code_until", models.DateTimeField(null=True)),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("tried_at", models.DateTimeField(null=True)),
                        (
                            "session_id",
                            models.UUIDField(help_text="The visitor's session that it was opened by last.", null=True),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("mailed_at__isnull", True)),
                                fields=["tenant"],
                                name="mailed_link_to_mail",
                            ),
                            models.Index(fields=["tenant", "conversation", "-created_at"], name="mailed_link_of"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "token_hash"), name="mailed_link_token_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("mailed_at__isnull", True), ("token_hash__isnull", False), _connector="XOR"
                                ),
                                name="mailed_link_token_if_mailed",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rating",
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
                            "conversation",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="ratings",
                                to="chat.conversation",
                            ),
                        ),
                        (
                            "contact",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.contact",
                            ),
                        ),
                        (
                            "scale",
                            models.CharField(choices=[("thumbs", "Good or bad"), ("five", "1 to 5")], max_length=6),
                        ),
                        ("value", models.PositiveSmallIntegerField()),
                        ("comment", compliance.sealed_text.SealedTextField(null=True)),
                        (
                            "masked_with",
                            models.PositiveIntegerField(help_text="Number of the rule set that scanned the comment."),
                        ),
                        ("rated_at", models.DateTimeField()),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "-rated_at"], name="rating_recent")],
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "conversation"), name="rating_once"),
                            models.CheckConstraint(
                                condition=models.Q(("value__gte", 1), ("value__lte", 5)), name="rating_1_to_5"
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
