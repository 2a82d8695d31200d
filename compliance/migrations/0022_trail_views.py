import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """Filters of the audit trail that members keep."""

    dependencies = [
        ("compliance", "0021_anchor_keys_grants"),
        ("tenants", "0026_trail_certificate"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrailView",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("query", models.CharField(max_length=300)),
                ("saved_at", models.DateTimeField()),
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
                    models.UniqueConstraint(fields=("tenant", "membership", "query"), name="trail_view_once")
                ],
            },
        ),
    ]
