import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """Teams, who belongs to them, and the team of a conversation."""

    dependencies = [
        ("chat", "0019_support"),
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
        migrations.CreateModel(
            name="Team",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField()),
                (
                    "deleted_at",
                    models.DateTimeField(blank=True, help_text="Gone, but can be brought back for a while.", null=True),
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
                ("joined_at", models.DateTimeField()),
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
                    "team",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="chat.team",
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
                    models.UniqueConstraint(fields=("tenant", "team", "membership"), name="team_member_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="conversation",
            name="team",
            field=tenants.models.base.TenantForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="chat.team",
            ),
        ),
    ]
