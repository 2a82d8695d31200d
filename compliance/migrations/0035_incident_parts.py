import django.db.models.deletion
from django.db import migrations, models

import compliance.sealed_text
import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """Deadlines, lines and people of incidents, and when each control last did its work."""

    dependencies = [
        ("compliance", "0034_incident_register"),
        ("tenants", "0028_policy_floors"),
    ]

    operations = [
        migrations.CreateModel(
            name="ControlRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("since", models.DateTimeField(help_text="From when it is expected.")),
                ("last_ok_at", models.DateTimeField(blank=True, null=True)),
                ("last_failed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "failures",
                    models.PositiveIntegerField(db_default=0, default=0, help_text="In a row, since it last did."),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True, db_default="", default="", help_text="The last error's name.", max_length=60
                    ),
                ),
                (
                    "alarmed_at",
                    models.DateTimeField(blank=True, help_text="When somebody was told; until it is over.", null=True),
                ),
                (
                    "told_at",
                    models.DateTimeField(blank=True, help_text="When operators were told of it by mail.", null=True),
                ),
                ("control", models.CharField(max_length=24)),
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
                "constraints": [models.UniqueConstraint(fields=("tenant", "control"), name="control_run_once")],
            },
        ),
        migrations.CreateModel(
            name="IncidentClock",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("regime", models.CharField(max_length=24)),
                ("started_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "done_at",
                    models.DateTimeField(blank=True, help_text="When it was done, as somebody has said.", null=True),
                ),
                ("done_by", models.UUIDField(blank=True, null=True)),
                (
                    "reminded_at",
                    models.DateTimeField(blank=True, help_text="When a mail said that it is near.", null=True),
                ),
                (
                    "overdue_told_at",
                    models.DateTimeField(blank=True, help_text="When a mail said that it is over.", null=True),
                ),
                (
                    "incident",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="clocks",
                        to="compliance.incident",
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
                        condition=models.Q(("done_at", None)),
                        fields=["tenant", "due_at"],
                        name="incident_clock_running",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "incident", "regime"), name="incident_clock_once"),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gte", models.F("started_at"))), name="incident_clock_ahead"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentContact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("contact_id", models.UUIDField()),
                ("conversation_id", models.UUIDField()),
                (
                    "found_by",
                    models.CharField(
                        choices=[
                            ("records", "A text of theirs is among those found"),
                            ("query", "A search of conversations"),
                        ],
                        max_length=8,
                    ),
                ),
                ("added_at", models.DateTimeField()),
                (
                    "incident",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="people",
                        to="compliance.incident",
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
                    models.UniqueConstraint(fields=("tenant", "incident", "contact_id"), name="incident_contact_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentLine",
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
                            ("report", "Report"),
                            ("assess", "Assessment"),
                            ("remark", "Remark"),
                            ("task", "Task"),
                            ("open", "Why it was closed with something open"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", compliance.sealed_text.SealedTextField()),
                ("masked_with", models.PositiveIntegerField(help_text="Number of the rule set that scanned the text.")),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField(blank=True, null=True)),
                ("due_on", models.DateField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("done_by", models.UUIDField(blank=True, null=True)),
                (
                    "reminded_at",
                    models.DateTimeField(blank=True, help_text="When a mail said that it is due.", null=True),
                ),
                (
                    "assignee",
                    tenants.models.base.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.membership",
                    ),
                ),
                (
                    "incident",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="compliance.incident",
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
                "indexes": [models.Index(fields=["tenant", "incident", "at"], name="incident_line_of")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "task"),
                            models.Q(
                                ("assignee", None),
                                ("done_at", None),
                                ("done_by", None),
                                ("due_on", None),
                                ("reminded_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="incident_line_only_tasks_are_done",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceControl",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("since", models.DateTimeField(help_text="From when it is expected.")),
                ("last_ok_at", models.DateTimeField(blank=True, null=True)),
                ("last_failed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "failures",
                    models.PositiveIntegerField(db_default=0, default=0, help_text="In a row, since it last did."),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True, db_default="", default="", help_text="The last error's name.", max_length=60
                    ),
                ),
                (
                    "alarmed_at",
                    models.DateTimeField(blank=True, help_text="When somebody was told; until it is over.", null=True),
                ),
                (
                    "told_at",
                    models.DateTimeField(blank=True, help_text="When operators were told of it by mail.", null=True),
                ),
                ("control", models.CharField(max_length=24, unique=True)),
            ],
            options={
                "verbose_name": "control of the service",
                "verbose_name_plural": "controls of the service",
            },
        ),
    ]
