import django.db.models.deletion
from django.db import migrations, models

import compliance.sealed_text
import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """Incidents with all that is noted of them, when controls last ran, and what restore drills have found."""

    dependencies = [
        ("compliance", "0006_modes"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Incident",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
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
                        (
                            "cause",
                            models.CharField(
                                choices=[
                                    ("card", "Card data in stored chats"),
                                    ("drift", "Settings changed behind the application"),
                                    ("trail", "The audit trail does not hold"),
                                    ("probe", "Somebody else has tried to get in"),
                                    ("control", "A control has failed or was missed"),
                                    ("person", "Reported by a person"),
                                ],
                                db_default="card",
                                default="card",
                                max_length=8,
                            ),
                        ),
                        (
                            "about",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Which control, or what of the trail.",
                                max_length=40,
                            ),
                        ),
                        (
                            "seen_at",
                            models.DateTimeField(blank=True, help_text="When a detector last saw it again.", null=True),
                        ),
                        (
                            "aware_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="From when the clocks run, if not from when it was opened.",
                                null=True,
                            ),
                        ),
                        (
                            "decision",
                            models.CharField(
                                blank=True,
                                choices=[("", "Not decided yet"), ("breach", "A breach"), ("none", "No breach")],
                                db_default="",
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("decided_by", models.UUIDField(blank=True, null=True)),
                        (
                            "verdict",
                            models.JSONField(
                                blank=True, help_text="What it rests on: names of ours, and how many people.", null=True
                            ),
                        ),
                        (
                            "run",
                            tenants.models.base.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                help_text="The re-scan that found it.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.jobrun",
                            ),
                        ),
                        (
                            "report_id",
                            models.UUIDField(blank=True, help_text="Or the report of a person who saw it.", null=True),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("seen", "Acknowledged"), ("closed", "Closed")],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("kinds", models.JSONField(default=dict, help_text="Per kind: how many were found.")),
                        ("records", models.PositiveIntegerField(default=0, help_text="In how many texts.")),
                        (
                            "let_pass_from",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="Oldest rule set that had let one pass."
                            ),
                        ),
                        (
                            "let_pass_to",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="Newest rule set that had let one pass."
                            ),
                        ),
                        (
                            "found_with",
                            models.PositiveIntegerField(db_default=0, default=0, help_text="Rule set that found them."),
                        ),
                        ("opened_at", models.DateTimeField()),
                        (
                            "told_at",
                            models.DateTimeField(blank=True, help_text="When the owners were told by mail.", null=True),
                        ),
                        ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                        ("acknowledged_by", models.UUIDField(blank=True, null=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_by", models.UUIDField(blank=True, null=True)),
                        (
                            "note",
                            compliance.sealed_text.SealedTextField(
                                blank=True, help_text="Why it was closed.", null=True
                            ),
                        ),
                        (
                            "masked_with",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="Number of the rule set that scanned the note."
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "-opened_at"], name="incident_recent")],
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "run"), name="incident_once_per_run"),
                            models.UniqueConstraint(fields=("tenant", "report_id"), name="incident_once_per_report"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("cause", "card"), ("report_id__isnull", False), ("run", None)),
                                    models.Q(("cause", "card"), ("report_id", None), ("run__isnull", False)),
                                    models.Q(
                                        models.Q(("cause", "card"), _negated=True), ("report_id", None), ("run", None)
                                    ),
                                    _connector="OR",
                                ),
                                name="incident_of_a_run_or_a_report",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "closed"), _negated=True),
                                    ("note__isnull", False),
                                    _connector="OR",
                                ),
                                name="incident_closed_with_a_note",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IncidentRecord",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
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
                        (
                            "incident",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="compliance.incident",
                            ),
                        ),
                        (
                            "record_kind",
                            models.CharField(help_text="Table, and column where it has several texts.", max_length=40),
                        ),
                        ("record_id", models.UUIDField()),
                        ("conversation_id", models.UUIDField(blank=True, null=True)),
                        ("entity", models.CharField(max_length=16)),
                        ("count", models.PositiveIntegerField()),
                        ("let_pass", models.PositiveIntegerField(help_text="Rule set that had let it pass.")),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "incident", "record_id", "entity"), name="incident_record_once"
                            )
                        ],
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
                        (
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.tenant",
                            ),
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
                        ("regime", models.CharField(max_length=24)),
                        ("started_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        (
                            "done_at",
                            models.DateTimeField(
                                blank=True, help_text="When it was done, as somebody has said.", null=True
                            ),
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
                            models.UniqueConstraint(
                                fields=("tenant", "incident", "regime"), name="incident_clock_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_at__gte", models.F("started_at"))), name="incident_clock_ahead"
                            ),
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
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.tenant",
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
                        (
                            "masked_with",
                            models.PositiveIntegerField(help_text="Number of the rule set that scanned the text."),
                        ),
                        ("at", models.DateTimeField()),
                        ("by", models.UUIDField(blank=True, null=True)),
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
                        ("due_on", models.DateField(blank=True, null=True)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("done_by", models.UUIDField(blank=True, null=True)),
                        (
                            "reminded_at",
                            models.DateTimeField(blank=True, help_text="When a mail said that it is due.", null=True),
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
                    name="IncidentContact",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
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
                        (
                            "incident",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="people",
                                to="compliance.incident",
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
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "incident", "contact_id"), name="incident_contact_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ControlRun",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
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
                        ("since", models.DateTimeField(help_text="From when it is expected.")),
                        ("last_ok_at", models.DateTimeField(blank=True, null=True)),
                        ("last_failed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "failures",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="In a row, since it last did."
                            ),
                        ),
                        (
                            "why",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="The last error's name.", max_length=60
                            ),
                        ),
                        (
                            "alarmed_at",
                            models.DateTimeField(
                                blank=True, help_text="When somebody was told; until it is over.", null=True
                            ),
                        ),
                        (
                            "told_at",
                            models.DateTimeField(
                                blank=True, help_text="When operators were told of it by mail.", null=True
                            ),
                        ),
                        ("control", models.CharField(max_length=24)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant", "control"), name="control_run_once")],
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
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="In a row, since it last did."
                            ),
                        ),
                        (
                            "why",
                            models.CharField(
                                blank=True, db_default="", default="", help_text="The last error's name.", max_length=60
                            ),
                        ),
                        (
                            "alarmed_at",
                            models.DateTimeField(
                                blank=True, help_text="When somebody was told; until it is over.", null=True
                            ),
                        ),
                        (
                            "told_at",
                            models.DateTimeField(
                                blank=True, help_text="When operators were told of it by mail.", null=True
                            ),
                        ),
                        ("control", models.CharField(max_length=24, unique=True)),
                    ],
                    options={
                        "verbose_name": "control of the service",
                        "verbose_name_plural": "controls of the service",
                    },
                ),
                migrations.CreateModel(
                    name="RestoreDrill",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("started_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField()),
                        (
                            "backup_made_at",
                            models.DateTimeField(
                                help_text="When the backup was begun; none if it is unreadable.", null=True
                            ),
                        ),
                        ("is_own", models.BooleanField(help_text="Whether the drill made the backup itself.")),
                        ("held", models.BooleanField(help_text="Whether everything was as it has to be.")),
                        (
                            "faults",
                            models.CharField(
                                blank=True, help_text="What was not, by name, with commas between.", max_length=120
                            ),
                        ),
                        (
                            "restored_ms",
                            models.PositiveBigIntegerField(help_text="How long both databases took to be restored."),
                        ),
                        ("databases", models.PositiveIntegerField(help_text="How many were restored.")),
                        ("tenants", models.PositiveIntegerField(help_text="Organisations in the backup.")),
                        ("rows", models.PositiveBigIntegerField()),
                        (
                            "entries",
                            models.PositiveBigIntegerField(help_text="Audit entries verified, in every chain."),
                        ),
                        (
                            "anchor",
                            models.PositiveIntegerField(
                                help_text="Number of the newest anchor that was verified; 0 for none."
                            ),
                        ),
                        ("opened", models.PositiveIntegerField(help_text="Sealed texts of the sample that opened.")),
                        (
                            "withheld",
                            models.PositiveIntegerField(
                                help_text="Those whose key an organisation keeps to itself, or is suspended."
                            ),
                        ),
                        (
                            "unreadable",
                            models.PositiveIntegerField(help_text="Texts of erased people that stay unreadable."),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["-started_at"], name="restore_drill_recent")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("faults", ""), ("held", True)),
                                    models.Q(("held", False), models.Q(("faults", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="restore_drill_held_or_says_why",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
