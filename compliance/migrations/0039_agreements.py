import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids


class Migration(migrations.Migration):
    """Agreements of organisations with their ends, and who else handles data for the service."""

    dependencies = [
        ("compliance", "0038_access_reviews_isolation"),
        ("tenants", "0028_policy_floors"),
    ]

    operations = [
        migrations.CreateModel(
            name="SubProcessor",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("purpose", models.CharField(help_text="What it does for the service.", max_length=200)),
                ("place", models.CharField(help_text="In which country it does so.", max_length=120)),
                ("starts_on", models.DateField(help_text="From when it is used.")),
                ("announced_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "sub-processor",
                "verbose_name_plural": "sub-processors",
            },
        ),
        migrations.CreateModel(
            name="Agreement",
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
                        choices=[
                            ("baa", "Business associate agreement (45 CFR 164.308(b), 164.504(e))"),
                            ("dpa", "Data processing agreement (GDPR 28(3))"),
                            (
                                "pci",
                                "Responsibility matrix or attestation of compliance (PCI DSS 12.8.2, 12.8.5, 12.9.2)",
                            ),
                            ("other", "Another agreement"),
                        ],
                        max_length=8,
                    ),
                ),
                ("counterparty", models.CharField(help_text="With whom.", max_length=120)),
                ("reference", models.CharField(help_text="Where it lies.", max_length=200)),
                ("signed_on", models.DateField()),
                ("expires_on", models.DateField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.UUIDField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.UUIDField(blank=True, null=True)),
                (
                    "warned_at",
                    models.DateTimeField(blank=True, help_text="When a mail said that it expires soon.", null=True),
                ),
                (
                    "expired_told_at",
                    models.DateTimeField(blank=True, help_text="When a mail said that it has expired.", null=True),
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
                "indexes": [models.Index(fields=["tenant", "kind"], name="agreement_kind")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_on", None), ("expires_on__gte", models.F("signed_on")), _connector="OR"
                        ),
                        name="agreement_expires_after_it_begins",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SubProcessorNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("told_at", models.DateTimeField()),
                (
                    "subprocessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="compliance.subprocessor"
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
                    models.UniqueConstraint(fields=("tenant", "subprocessor"), name="subprocessor_notice_once")
                ],
            },
        ),
    ]
