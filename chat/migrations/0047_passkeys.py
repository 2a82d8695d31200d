import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """Visitors' passkeys, and what one has to sign."""

    dependencies = [
        ("chat", "0046_restricted_contacts"),
        ("tenants", "0028_policy_floors"),
    ]

    operations = [
        migrations.AddField(
            model_name="proofrequest",
            name="challenge",
            field=models.BinaryField(
                help_text="What a passkey has to sign; it goes with that.", max_length=64, null=True
            ),
        ),
        migrations.AddField(
            model_name="proofrequest",
            name="challenge_session_id",
            field=models.UUIDField(help_text="The visitor's browser that the challenge is for.", null=True),
        ),
        migrations.AddField(
            model_name="proofrequest",
            name="challenge_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="proofrequest",
            name="method",
            field=models.CharField(
                blank=True,
                choices=[
                    ("mail", "a code sent to their e-mail address"),
                    ("app", "a code of their authenticator app"),
                    ("key", "a passkey"),
                ],
                max_length=4,
            ),
        ),
        migrations.CreateModel(
            name="VisitorPasskey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("credential_id", models.BinaryField(help_text="Made by the device, at random.", max_length=1023)),
                ("public_key", models.BinaryField(max_length=2048)),
                ("sign_count", models.BigIntegerField(default=0, help_text="How often it was used, as it said last.")),
                (
                    "transports",
                    models.JSONField(default=list, help_text="How its device is reached: names out of the standard."),
                ),
                ("made_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
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
                "indexes": [models.Index(fields=["tenant", "contact"], name="visitor_passkey_contact")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "credential_id"), name="visitor_passkey_once")
                ],
            },
        ),
    ]
