import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """Copies of everything that is kept of a visitor, sealed, to be handed over."""

    dependencies = [
        ("chat", "0043_objections"),
        ("compliance", "0031_subject_requests_isolation"),
        ("tenants", "0028_policy_floors"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataArchive",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("run", models.UUIDField()),
                ("moved_at", models.DateTimeField()),
                ("done", models.PositiveIntegerField(default=0, help_text="Conversations that are in it.")),
                ("total", models.PositiveIntegerField(default=0)),
                ("messages", models.PositiveIntegerField(default=0)),
                ("files", models.PositiveIntegerField(default=0)),
                ("left_out", models.PositiveIntegerField(default=0, help_text="Files that could not be read.")),
                ("bytes", models.PositiveBigIntegerField(default=0, help_text="Of the archive, before it is sealed.")),
                (
                    "sha256",
                    models.CharField(blank=True, help_text="Of the archive, before it is sealed.", max_length=64),
                ),
                (
                    "stored",
                    models.UUIDField(help_text="Its name in the store; none once it is gone from there.", null=True),
                ),
                ("key", models.BinaryField(help_text="Envelope of its key.", max_length=200, null=True)),
                ("built_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("gone_at", models.DateTimeField(help_text="When it was removed from the store.", null=True)),
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
                    "request",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="compliance.subjectrequest",
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
                    models.Index(fields=["tenant", "contact"], name="data_archive_of_contact"),
                    models.Index(
                        condition=models.Q(("stored__isnull", False)),
                        fields=["tenant", "expires_at"],
                        name="data_archive_stored",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "request"), name="data_archive_once_per_request"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("built_at", None), ("expires_at", None)),
                            models.Q(("built_at__isnull", False), ("expires_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="data_archive_expires_once_built",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("key", None), ("stored", None)),
                            models.Q(("key__isnull", False), ("stored__isnull", False)),
                            _connector="OR",
                        ),
                        name="data_archive_key_while_stored",
                    ),
                ],
            },
        ),
    ]
