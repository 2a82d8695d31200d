import django.db.models.deletion
from django.db import migrations, models

import compliance.sealed_text
import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0029_mailed_links_isolation"),
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("scale", models.CharField(choices=[("thumbs", "Good or bad"), ("five", "1 to 5")], max_length=6)),
                ("value", models.PositiveSmallIntegerField()),
                ("comment", compliance.sealed_text.SealedTextField(null=True)),
                (
                    "masked_with",
                    models.PositiveIntegerField(help_text="Number of the rule set that scanned the comment."),
                ),
                ("rated_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
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
                        related_name="ratings",
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
                "indexes": [models.Index(fields=["tenant", "-rated_at"], name="rating_recent")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "conversation"), name="rating_once"),
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 1), ("value__lte", 5)), name="rating_1_to_5"
                    ),
                ],
            },
        ),
    ]
