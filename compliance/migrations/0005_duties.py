import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """What people are told and have agreed to: notices, courses, agreements."""

    dependencies = [
        ("compliance", "0004_records"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="NoticeVersion",
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
                            "region",
                            models.CharField(
                                choices=[
                                    ("us", "United States, other states"),
                                    ("california", "California (CCPA)"),
                                    ("default", "Elsewhere, or not known"),
                                    ("canada", "Canada (PIPEDA, Quebec)"),
                                    ("gdpr", "European Union, EEA, UK, Switzerland (GDPR)"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("language", models.CharField(max_length=2)),
                        ("number", models.PositiveIntegerField(help_text="Within its region and language, from 1.")),
                        (
                            "origin",
                            models.CharField(
                                choices=[("own", "Written by the organisation"), ("shipped", "Ships with the product")],
                                max_length=8,
                            ),
                        ),
                        (
                            "is_published",
                            models.BooleanField(help_text="Whether a member of the organisation put it in force."),
                        ),
                        ("modes", models.CharField(blank=True, help_text="Modes that were on.", max_length=16)),
                        (
                            "body",
                            models.TextField(help_text="Without the lines of modes and of consent.", max_length=6000),
                        ),
                        ("text", models.TextField()),
                        ("text_hash", models.BinaryField(max_length=32)),
                        ("published_by", models.UUIDField(blank=True, help_text="Membership.", null=True)),
                        ("published_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "text_hash"], name="notice_version_by_text")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "region", "language", "number"), name="notice_version_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NoticeDraft",
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
                            "region",
                            models.CharField(
                                choices=[
                                    ("us", "United States, other states"),
                                    ("california", "California (CCPA)"),
                                    ("default", "Elsewhere, or not known"),
                                    ("canada", "Canada (PIPEDA, Quebec)"),
                                    ("gdpr", "European Union, EEA, UK, Switzerland (GDPR)"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("language", models.CharField(max_length=2)),
                        ("body", models.TextField(max_length=6000)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "region", "language"), name="notice_draft_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NoticeSetting",
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
                            "region",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("us", "United States, other states"),
                                    ("california", "California (CCPA)"),
                                    ("default", "Elsewhere, or not known"),
                                    ("canada", "Canada (PIPEDA, Quebec)"),
                                    ("gdpr", "European Union, EEA, UK, Switzerland (GDPR)"),
                                ],
                                help_text="Of all its visitors; empty: of each by their browser.",
                                max_length=12,
                            ),
                        ),
                        (
                            "other_ways",
                            models.TextField(
                                blank=True, help_text="How to reach the organisation without the chat.", max_length=300
                            ),
                        ),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant",), name="notice_setting_once")],
                    },
                ),
                migrations.CreateModel(
                    name="OwnCourse",
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
                        ("version", models.PositiveIntegerField(default=1, help_text="The one that is taken now.")),
                        (
                            "least_version",
                            models.PositiveIntegerField(
                                default=1, help_text="Who has done an older one takes it again."
                            ),
                        ),
                        ("roles", models.JSONField(default=list, help_text="For whom it is.")),
                        (
                            "closes",
                            models.BooleanField(default=False, help_text="Whether the workspace is closed without it."),
                        ),
                        ("is_in_use", models.BooleanField(default=True)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                    },
                ),
                migrations.CreateModel(
                    name="OwnCourseVersion",
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
                            "course",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="compliance.owncourse",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("content", models.JSONField(help_text="As `compliance.training.course` reads it.")),
                        ("written_by", models.UUIDField(help_text="Membership.")),
                        ("written_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "course", "number"), name="own_course_version_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TrainingRecord",
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
                            "membership",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("course", models.CharField(max_length=40)),
                        ("version", models.PositiveIntegerField()),
                        (
                            "step",
                            models.CharField(
                                choices=[
                                    ("failed", "Quiz not passed"),
                                    ("passed", "Quiz passed"),
                                    ("signed", "Signed and completed"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("right", models.PositiveSmallIntegerField(default=0, help_text="Questions answered rightly.")),
                        ("asked", models.PositiveSmallIntegerField(default=0)),
                        (
                            "signed_as",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="The account's name, as its owner typed it to sign.",
                                max_length=80,
                            ),
                        ),
                        (
                            "text_hash",
                            models.BinaryField(
                                blank=True,
                                help_text="SHA-256 of the course's lessons and statement, as signed.",
                                max_length=32,
                                null=True,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "membership", "course", "at"], name="training_record_of")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("step", "signed"), _negated=True),
                                    ("text_hash__isnull", False),
                                    _connector="OR",
                                ),
                                name="training_record_signed_with_a_hash",
                            )
                        ],
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
                            "tenant",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.tenant",
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
                            models.DateTimeField(
                                blank=True, help_text="When a mail said that it expires soon.", null=True
                            ),
                        ),
                        (
                            "expired_told_at",
                            models.DateTimeField(
                                blank=True, help_text="When a mail said that it has expired.", null=True
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
                    name="SubProcessorNotice",
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
                            "subprocessor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.subprocessor",
                            ),
                        ),
                        ("told_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "subprocessor"), name="subprocessor_notice_once")
                        ],
                    },
                ),
            ],
        ),
    ]
