import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0027_queue"),
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
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
                    "kind",
                    models.CharField(
                        choices=[("answer", "There is an answer"), ("transcript", "A transcript")], max_length=10
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
                ("address_token", models.BinaryField(help_text="Of the address that it is for.", max_length=20)),
                (
                    "code_hash",
                    models.BinaryField(help_text="Keyed, of the code that was sent last.", max_length=32, null=True),
                ),
                ("code_until", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("tried_at", models.DateTimeField(null=True)),
                (
                    "session_id",
                    models.UUIDField(help_text="The visitor's session that it was opened by last.", null=True),
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
                    "conversation",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mailed_links",
                        to="chat.conversation",
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
                        condition=models.Q(("mailed_at__isnull", True)), fields=["tenant"], name="mailed_link_to_mail"
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
    ]
