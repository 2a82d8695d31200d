import django.db.models.deletion
from django.db import migrations, models

import compliance.sealed_text
import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """How long records are kept, what holds them, and what people ask to be done with theirs."""

    dependencies = [
        ("compliance", "0003_masking"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="RetentionPolicy",
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
                            "record_class",
                            models.CharField(
                                choices=[
                                    ("conversation", "Conversations"),
                                    ("contact", "Visitors who never wrote"),
                                    ("form", "Records of secure forms"),
                                    ("proof", "Proofs of identity"),
                                    ("rating", "Ratings"),
                                    ("link", "Mailed links"),
                                    ("report", "Reports about masking"),
                                    ("receipt", "Superseded consent receipts"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("keep_days", models.PositiveIntegerField(help_text="Days after the last event of a record.")),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "verbose_name_plural": "retention policies",
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "record_class"), name="retention_policy_once"),
                            models.CheckConstraint(
                                condition=models.Q(("keep_days__range", (1, 36500))), name="retention_keep_days_sane"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LegalHold",
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
                                    ("conversation", "One conversation"),
                                    ("contact", "Everything of one visitor"),
                                    ("query", "Every conversation that matches a search"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("target_id", models.UUIDField(null=True)),
                        ("query", models.JSONField(help_text="Ids and days.", null=True)),
                        ("reason", compliance.sealed_text.SealedTextField(help_text="Why it was placed.")),
                        (
                            "masked_with",
                            models.PositiveIntegerField(help_text="Number of the rule set that scanned the reason."),
                        ),
                        (
                            "placed_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("placed_at", models.DateTimeField()),
                        (
                            "release_asked_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("release_asked_at", models.DateTimeField(null=True)),
                        (
                            "released_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("released_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("released_at", None)),
                                fields=["tenant", "kind", "target_id"],
                                name="legal_hold_in_force",
                            ),
                            models.Index(fields=["tenant", "-placed_at"], name="legal_hold_recent"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "query"), ("query__isnull", False), ("target_id", None)),
                                    models.Q(
                                        models.Q(("kind", "query"), _negated=True),
                                        ("query", None),
                                        ("target_id__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="legal_hold_on_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("release_asked_at", None), ("release_asked_by", None)),
                                    models.Q(("release_asked_at__isnull", False), ("release_asked_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="legal_hold_release_asked",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("released_at", None), ("released_by", None)),
                                    models.Q(
                                        ("release_asked_by__isnull", False),
                                        ("released_at__isnull", False),
                                        ("released_by__isnull", False),
                                        models.Q(("released_by", models.F("release_asked_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="legal_hold_released_by_two",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubjectRequest",
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
                                    ("access", "Access: see what is kept"),
                                    ("portability", "Portability: take it along"),
                                    ("rectification", "Rectification: put it right"),
                                    ("restriction", "Restriction: keep it, and do not use it"),
                                    ("objection", "Objection: stop using it"),
                                    ("erasure", "Erasure: delete it"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "regime",
                            models.CharField(
                                choices=[
                                    ("gdpr", "GDPR (EU, EEA)"),
                                    ("uk", "UK GDPR"),
                                    ("quebec", "Quebec Law 25"),
                                    ("pipeda", "PIPEDA (Canada)"),
                                    ("ccpa", "CCPA (California)"),
                                    ("us", "Other US states"),
                                    ("hipaa", "HIPAA (patients)"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("received", "Received"),
                                    ("identity", "Waiting for proof of identity"),
                                    ("progress", "In progress"),
                                    ("approval", "Waiting for a second person"),
                                    ("carrying", "Being carried out"),
                                    ("answered", "Answered"),
                                    ("refused", "Refused"),
                                ],
                                default="received",
                                max_length=12,
                            ),
                        ),
                        (
                            "contact_id",
                            models.UUIDField(help_text="The visitor; empty where nobody is known.", null=True),
                        ),
                        (
                            "by_visitor",
                            models.BooleanField(default=False, help_text="Asked in the chat by the visitor."),
                        ),
                        (
                            "opened_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("received_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField()),
                        (
                            "words",
                            compliance.sealed_text.SealedTextField(help_text="What the visitor wrote.", null=True),
                        ),
                        (
                            "masked_with",
                            models.PositiveIntegerField(help_text="Number of the rule set that scanned the words."),
                        ),
                        (
                            "identity",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("proof", "Proven in the chat"),
                                    ("site", "Signed in at the website, which vouches for them"),
                                    ("checked", "Checked by a member, as noted"),
                                    ("none", "Not needed for this, as noted"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("identity_at", models.DateTimeField(null=True)),
                        (
                            "assignee",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("extended_at", models.DateTimeField(null=True)),
                        (
                            "extended_for",
                            models.CharField(
                                blank=True,
                                choices=[("complex", "It is complex"), ("many", "There are many requests")],
                                max_length=8,
                            ),
                        ),
                        (
                            "told_on",
                            models.DateField(help_text="When who asked was told that it takes longer.", null=True),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True, choices=[("answered", "Answered"), ("refused", "Refused")], max_length=8
                            ),
                        ),
                        (
                            "refused_for",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("identity", "Identity not proven (GDPR 12(2), (6); 45 CFR 164.514(h))"),
                                    ("not_held", "Nothing is kept of this person"),
                                    ("duty", "A law asks to keep it (GDPR 17(3)(b); CCPA 1798.105(d)(8))"),
                                    ("claims", "Legal claims, or a legal hold (GDPR 17(3)(e), 18(2))"),
                                    ("others", "Rights of others (GDPR 15(4))"),
                                    ("excessive", "Manifestly unfounded or excessive (GDPR 12(5))"),
                                    ("accurate", "What is kept is accurate and complete (45 CFR 164.526(a)(2)(iv))"),
                                    ("taken_back", "Taken back by who had asked"),
                                    ("no_right", "The law gives no such right"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "decided_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True)),
                        (
                            "agreed_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True)),
                        (
                            "certificate",
                            models.JSONField(help_text="Of an erasure: ids, counts by kind and the time.", null=True),
                        ),
                        ("certificate_sha256", models.CharField(blank=True, max_length=64)),
                        (
                            "mailed_stage",
                            models.PositiveSmallIntegerField(help_text="Of the mail that was sent last.", null=True),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("answered", "refused")), _negated=True),
                                fields=["tenant", "due_at"],
                                name="subject_request_open",
                            ),
                            models.Index(fields=["tenant", "-received_at"], name="subject_request_recent"),
                            models.Index(fields=["tenant", "contact_id"], name="subject_request_of_contact"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ("answered", "refused")), ("closed_at", None), _connector="XOR"
                                ),
                                name="subject_request_closed_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "refused"), _negated=True),
                                    models.Q(("refused_for", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="subject_request_refused_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("agreed_by", None),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        models.Q(("agreed_by", models.F("decided_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="subject_request_agreed_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("extended_at", None), ("extended_for", ""), ("told_on", None)),
                                    models.Q(
                                        ("extended_at__isnull", False),
                                        ("told_on__isnull", False),
                                        models.Q(("extended_for", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="subject_request_extended_with_notice",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("words", None), ("contact_id__isnull", False), _connector="OR"),
                                name="subject_request_words_of_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RequestStep",
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
                            "request",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="steps",
                                to="compliance.subjectrequest",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(help_text="Within its request, from 1.")),
                        (
                            "step",
                            models.CharField(
                                choices=[
                                    ("opened", "Received"),
                                    ("asked", "Proof of identity was asked for in the chat"),
                                    ("known", "Identity is settled"),
                                    ("assigned", "Handed over"),
                                    ("extended", "The deadline was extended"),
                                    ("note", "Note"),
                                    ("proposed", "Decided; another person has to agree"),
                                    ("sent_back", "Not agreed to"),
                                    ("agreed", "Agreed to"),
                                    ("rectified", "Details of the visitor were put right"),
                                    ("objected", "The visitor is not written to or asked for a rating any more"),
                                    ("restricted", "What is kept of the visitor is not used any more"),
                                    ("lifted", "Lifted"),
                                    ("archived", "What is kept was put together, to be handed over"),
                                    ("gone", "Nothing is handed out: the visitor was erased meanwhile"),
                                    ("held", "Not erased: a legal hold is in force"),
                                    ("answered", "Answered"),
                                    ("refused", "Refused"),
                                    ("erased", "Everything of the visitor was erased"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                help_text="Empty: they, or us.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "to",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                help_text="Who it was handed to.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("note", compliance.sealed_text.SealedTextField(null=True)),
                        (
                            "masked_with",
                            models.PositiveIntegerField(help_text="Number of the rule set that scanned the note."),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "request", "number"), name="request_step_in_order"
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
