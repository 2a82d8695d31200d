import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """What members have chosen to be: online, away, offline."""

    dependencies = [
        ("chat", "0011_read_marks_isolation"),
        ("tenants", "0006_operator"),
    ]

    operations = [
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
                    "status",
                    models.CharField(
                        choices=[("online", "Online"), ("away", "Away"), ("offline", "Offline")], max_length=8
                    ),
                ),
                ("changed_at", models.DateTimeField()),
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
                    models.UniqueConstraint(fields=("tenant", "membership"), name="availability_one_a_member")
                ],
            },
        ),
    ]
