import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """How far each side of a conversation has read."""

    dependencies = [
        ("chat", "0009_narrow_policies"),
        ("tenants", "0006_operator"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReadMark",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "side",
                    models.CharField(choices=[("visitor", "The visitor"), ("team", "Whoever answers")], max_length=8),
                ),
                ("sequence", models.PositiveIntegerField(default=0)),
                (
                    "public_sequence",
                    models.PositiveIntegerField(default=0, help_text="The same place as the visitor counts."),
                ),
                (
                    "conversation",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="read_marks",
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
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "conversation", "side"), name="read_mark_one_a_side")
                ],
            },
        ),
    ]
