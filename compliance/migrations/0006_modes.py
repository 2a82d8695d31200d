import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """Switches of the modes, and what shows that their controls hold: certificates, reviews, evidence."""

    dependencies = [
        ("compliance", "0005_duties"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="ModeSwitch",
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
                            "mode",
                            models.CharField(choices=[("hipaa", "HIPAA mode"), ("pci", "PCI mode")], max_length=8),
                        ),
                        ("turns_on", models.BooleanField()),
                        (
                            "was",
                            models.CharField(
                                choices=[
                                    ("off", "Off"),
                                    ("enabling", "Being switched on"),
                                    ("on", "On"),
                                    ("disabling", "Being switched off"),
                                ],
                                help_text="Before, and again if it is taken back.",
                                max_length=10,
                            ),
                        ),
                        ("reason", models.CharField(help_text="Masked by every rule there is.", max_length=200)),
                        (
                            "agreement",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Where the agreement lies; masked by every rule there is.",
                                max_length=200,
                            ),
                        ),
                        ("agreed_on", models.DateField(blank=True, null=True)),
                        ("before", models.JSONField(default=dict, help_text="By setting: what was in force.")),
                        (
                            "asked_kind",
                            models.CharField(
                                choices=[
                                    ("member", "Member"),
                                    ("operator", "Operator"),
                                    ("visitor", "Visitor"),
                                    ("system", "System"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("asked_by", models.UUIDField(blank=True, null=True)),
                        (
                            "asked_person",
                            models.UUIDField(
                                blank=True, help_text="Who that is, in whichever place they asked.", null=True
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        (
                            "approved_kind",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("member", "Member"),
                                    ("operator", "Operator"),
                                    ("visitor", "Visitor"),
                                    ("system", "System"),
                                ],
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("approved_by", models.UUIDField(blank=True, null=True)),
                        ("approved_person", models.UUIDField(blank=True, null=True)),
                        ("approved_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "due_at",
                            models.DateTimeField(
                                blank=True, help_text="When it ends, once somebody agreed.", null=True
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_as",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("done", "Done"),
                                    ("withdrawn", "Taken back"),
                                    ("lapsed", "Nobody agreed in time"),
                                    ("outdated", "The mode was switched off before it was done"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "mode switches",
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "-asked_at"], name="mode_switch_recent")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("tenant", "mode", "turns_on"),
                                name="mode_switch_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("approved_at", None), ("approved_person", None), ("due_at", None)),
                                    models.Q(
                                        models.Q(("approved_person", models.F("asked_person")), _negated=True),
                                        ("approved_at__isnull", False),
                                        ("approved_person__isnull", False),
                                        (
                                            "due_at__gte",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("approved_at"), "+", models.Value(dt.timedelta(days=1))
                                            ),
                                        ),
                                        ("turns_on", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="mode_switch_by_two_and_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("turns_on", True),
                                    models.Q(("ended_as", "done"), _negated=True),
                                    models.Q(("due_at__isnull", False), ("ended_at__gte", models.F("due_at"))),
                                    _connector="OR",
                                ),
                                name="mode_switch_off_when_due",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_as", ""), ("ended_at", None)),
                                    models.Q(("ended_at__isnull", False), models.Q(("ended_as", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="mode_switch_ended_as",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ModeCertificate",
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
                            "switch",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.modeswitch",
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(choices=[("hipaa", "HIPAA mode"), ("pci", "PCI mode")], max_length=8),
                        ),
                        ("number", models.PositiveIntegerField(help_text="From 1, for each mode.")),
                        ("facts", models.JSONField()),
                        (
                            "sha256",
                            models.CharField(help_text="Of the facts; the audit trail has it too.", max_length=64),
                        ),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "mode", "number"), name="mode_certificate_number"
                            ),
                            models.UniqueConstraint(fields=("tenant", "switch"), name="mode_certificate_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyStanding",
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
                        ("choices", models.JSONField(default=dict, help_text="By setting: what was chosen.")),
                        ("modes", models.JSONField(default=dict, help_text="By mode: its state.")),
                        ("retention", models.JSONField(default=dict, help_text="By class of records: days.")),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant",), name="policy_standing_once")],
                    },
                ),
                migrations.CreateModel(
                    name="AccessReview",
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
                        ("due_at", models.DateTimeField()),
                        ("begun_at", models.DateTimeField(blank=True, null=True)),
                        ("begun_by", models.UUIDField(blank=True, null=True)),
                        ("signed_at", models.DateTimeField(blank=True, null=True)),
                        ("signed_by", models.UUIDField(blank=True, null=True)),
                        (
                            "counts",
                            models.JSONField(
                                blank=True, help_text="Of what was signed: per decision how many.", null=True
                            ),
                        ),
                        (
                            "reminded_at",
                            models.DateTimeField(
                                blank=True, help_text="When a mail said that it is due soon.", null=True
                            ),
                        ),
                        (
                            "overdue_told_at",
                            models.DateTimeField(
                                blank=True, help_text="When a mail said that it is overdue.", null=True
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "-signed_at"], name="access_review_recent")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("signed_at", None)),
                                fields=("tenant",),
                                name="access_review_one_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_at", None), ("signed_by", None)),
                                    models.Q(
                                        ("begun_at__isnull", False),
                                        ("signed_at__isnull", False),
                                        ("signed_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="access_review_signed_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AccessReviewLine",
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
                            "review",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="compliance.accessreview",
                            ),
                        ),
                        (
                            "membership",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("compliance", "Compliance officer"),
                                    ("supervisor", "Supervisor"),
                                    ("agent", "Agent"),
                                    ("auditor", "Auditor"),
                                ],
                                help_text="As the review began.",
                                max_length=12,
                            ),
                        ),
                        ("used_at", models.DateTimeField(help_text="When they last did something, as it began.")),
                        ("has_factor", models.BooleanField(help_text="Whether they had a second factor, as it began.")),
                        (
                            "decision",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Not looked at"),
                                    ("keep", "Keep"),
                                    ("change", "Change the role"),
                                    ("remove", "Take away"),
                                ],
                                default="",
                                max_length=8,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("decided_by", models.UUIDField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "review", "membership"), name="access_review_line_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decided_at", None), ("decision", "")),
                                    models.Q(models.Q(("decision", ""), _negated=True), ("decided_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="access_review_line_decided_at",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EvidencePack",
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
                        ("first_on", models.DateField(help_text="The first day, UTC.")),
                        ("last_on", models.DateField(help_text="The last day, UTC, included.")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("building", "Being built"),
                                    ("ready", "Ready"),
                                    ("failed", "Not built"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        (
                            "fault",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("not_over", "Its period is not over yet"),
                                    ("not_sealed", "The audit trail is being sealed"),
                                    ("no_anchors", "The anchors of the audit trail are out of reach"),
                                    ("no_key", "The key that signs is out of reach"),
                                    (
                                        "lost",
                                        "Its worker was lost again and again: build it at a quieter time, or tell the operators",
                                    ),
                                    (
                                        "expired",
                                        "Entries of its first days have expired in the audit trail: choose later days",
                                    ),
                                    ("too_large", "It would be larger than 4 GB: choose a shorter period"),
                                ],
                                default="",
                                max_length=12,
                            ),
                        ),
                        (
                            "asked_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("moved_at", models.DateTimeField(help_text="When a worker last did something for it.")),
                        (
                            "tries",
                            models.PositiveSmallIntegerField(
                                db_default=0,
                                default=0,
                                help_text="How often a worker began it; the last one alone may go on.",
                            ),
                        ),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "done",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Entries of the trail that are in it so far."
                            ),
                        ),
                        ("total", models.PositiveBigIntegerField(default=0, help_text="Of so many.")),
                        ("bytes", models.PositiveBigIntegerField(default=0)),
                        (
                            "sha256",
                            models.CharField(
                                blank=True, default="", help_text="The audit trail has it too.", max_length=64
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "-asked_at"], name="evidence_pack_recent")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last_on__gte", models.F("first_on"))), name="evidence_pack_period"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("waiting", "building"))),
                                fields=("tenant", "first_on", "last_on"),
                                name="evidence_pack_one_at_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EvidencePart",
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
                            "pack",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="parts",
                                to="compliance.evidencepack",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(help_text="From 0.")),
                        ("content", models.BinaryField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "pack", "number"), name="evidence_part_in_place")
                        ],
                    },
                ),
            ],
        ),
    ]
