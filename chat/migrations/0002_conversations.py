import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

import compliance.sealed_text
import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """Conversations, what is said and sent in them, what was masked, and how far they were read."""

    dependencies = [
        ("chat", "0001_contacts"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Conversation",
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
                            "inbox",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="chat.inbox",
                            ),
                        ),
                        (
                            "contact",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="conversations",
                                to="chat.contact",
                            ),
                        ),
                        (
                            "started_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="chat.visitorsession",
                            ),
                        ),
                        (
                            "client_id",
                            models.UUIDField(
                                help_text="The visitor's own id of the start, so that a repeat starts nothing new."
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("open", "Open"), ("resolved", "Resolved")], default="open", max_length=8
                            ),
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
                            "team",
                            tenants.models.base.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="chat.team",
                            ),
                        ),
                        ("last_sequence", models.PositiveIntegerField(default=0)),
                        (
                            "last_public_sequence",
                            models.PositiveIntegerField(default=0, help_text="Last one the visitor may read."),
                        ),
                        ("created_at", models.DateTimeField()),
                        ("last_message_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "waiting_since",
                            models.DateTimeField(
                                blank=True, help_text="Unanswered since; empty when answered.", null=True
                            ),
                        ),
                        ("first_reply_at", models.DateTimeField(blank=True, null=True)),
                        ("resolved_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "subject",
                            compliance.sealed_text.SealedTextField(help_text="What agents call it.", null=True),
                        ),
                        (
                            "page",
                            compliance.sealed_text.SealedTextField(
                                help_text="Where the visitor began it, without query.", null=True
                            ),
                        ),
                        (
                            "referrer",
                            compliance.sealed_text.SealedTextField(
                                help_text="Where the visitor had come from, without query.", null=True
                            ),
                        ),
                        (
                            "masked_with",
                            models.PositiveIntegerField(
                                db_default=0,
                                default=0,
                                help_text="Number of the rule set that scanned subject, page and referrer.",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "status", "-last_message_at"], name="conversation_inbox"),
                            models.Index(fields=["tenant", "contact"], name="conversation_contact"),
                            models.Index(
                                models.F("tenant"),
                                django.db.models.functions.comparison.Greatest(
                                    "created_at", "last_message_at", "resolved_at"
                                ),
                                models.F("id"),
                                name="conversation_last_event",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("assignee__isnull", False), ("status", "open"), ("waiting_since__isnull", False)
                                ),
                                fields=["tenant"],
                                name="conversation_held_waiting",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("assignee__isnull", True), ("status", "open"), ("waiting_since__isnull", False)
                                ),
                                fields=["tenant", "waiting_since"],
                                name="conversation_queue",
                            ),
                            models.Index(
                                condition=models.Q(("status", "open"), ("team__isnull", False)),
                                fields=["tenant", "team"],
                                name="conversation_of_team",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "started_by", "client_id"), name="conversation_start_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Assignment",
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
                            "conversation",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="assignments",
                                to="chat.conversation",
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
                        ("started_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("tenant", "conversation"),
                                name="assignment_one_at_a_time",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
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
                            "conversation",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="messages",
                                to="chat.conversation",
                            ),
                        ),
                        (
                            "sequence",
                            models.PositiveIntegerField(
                                help_text="Position in the conversation, from 1, without gaps."
                            ),
                        ),
                        (
                            "public_sequence",
                            models.PositiveIntegerField(
                                help_text="Position among what the visitor may read, from 1, without gaps; none for a note.",
                                null=True,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("public", "Message"), ("note", "Internal note"), ("activity", "Activity")],
                                max_length=8,
                            ),
                        ),
                        (
                            "author_kind",
                            models.CharField(
                                choices=[("visitor", "Visitor"), ("agent", "Agent"), ("system", "System")], max_length=8
                            ),
                        ),
                        ("author_id", models.UUIDField(help_text="Visitor session or membership.")),
                        (
                            "client_id",
                            models.UUIDField(help_text="The sender's own id, so that a repeat is stored once."),
                        ),
                        ("body", models.BinaryField(help_text="Envelope of the masked text, UTF-8.")),
                        (
                            "masked_with",
                            models.PositiveIntegerField(help_text="Number of the rule set that scanned it."),
                        ),
                        ("posted_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "masked_with", "id"], name="message_rescan")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "conversation", "sequence"), name="message_sequence_once"
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "conversation", "public_sequence"),
                                name="message_public_sequence_once",
                            ),
                            models.UniqueConstraint(
                                fields=("tenant", "conversation", "author_id", "client_id"),
                                name="message_client_id_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sequence__gte", 1)), name="message_sequence_from_1"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "note"), ("public_sequence__isnull", False), _connector="XOR"
                                ),
                                name="message_notes_not_public",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Finding",
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
                            "message",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="findings",
                                to="chat.message",
                            ),
                        ),
                        ("entity", models.CharField(max_length=16)),
                        (
                            "start",
                            models.PositiveIntegerField(help_text="Code points into the masked text, half-open."),
                        ),
                        ("end", models.PositiveIntegerField()),
                        ("detector", models.CharField(max_length=40)),
                        ("rule_set_number", models.PositiveIntegerField()),
                        ("last_four", models.CharField(blank=True, help_text="Of a card number only.", max_length=4)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "message"], name="finding_message")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last_four", ""), ("entity", "CARD"), _connector="OR"),
                                name="finding_last_four_of_cards_only",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("start__lt", models.F("end"))), name="finding_not_empty"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReadMark",
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
                            "conversation",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="read_marks",
                                to="chat.conversation",
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("visitor", "The visitor"), ("team", "Whoever answers")], max_length=8
                            ),
                        ),
                        ("sequence", models.PositiveIntegerField(default=0)),
                        (
                            "public_sequence",
                            models.PositiveIntegerField(default=0, help_text="The same place as the visitor counts."),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "conversation", "side"), name="read_mark_one_a_side"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
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
                            "conversation",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attachments",
                                to="chat.conversation",
                            ),
                        ),
                        (
                            "message",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.message",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("jpeg", "JPEG picture"),
                                    ("png", "PNG picture"),
                                    ("webp", "WebP picture"),
                                    ("gif", "GIF picture"),
                                    ("pdf", "PDF document"),
                                    ("text", "Plain text"),
                                ],
                                max_length=4,
                            ),
                        ),
                        ("bytes", models.PositiveIntegerField(help_text="Of the file itself, before it is sealed.")),
                        (
                            "stored",
                            models.UUIDField(
                                help_text="Its name in the store; none once it is gone from there.", null=True
                            ),
                        ),
                        ("key", models.BinaryField(help_text="Envelope of the file's key.")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("checking", "Being checked"),
                                    ("held", "Waiting for a scanner"),
                                    ("ready", "Ready"),
                                    ("refused", "Refused"),
                                    ("removed", "Removed"),
                                ],
                                default="checking",
                                max_length=8,
                            ),
                        ),
                        (
                            "why",
                            models.CharField(
                                blank=True, help_text="Why it was refused: a name out of the code.", max_length=12
                            ),
                        ),
                        ("uploaded_at", models.DateTimeField()),
                        (
                            "settled_at",
                            models.DateTimeField(
                                blank=True, help_text="When it was known what becomes of it.", null=True
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "conversation"], name="attachment_conversation"),
                            models.Index(
                                condition=models.Q(("state__in", ["checking", "held"])),
                                fields=["tenant", "uploaded_at"],
                                name="attachment_under_way",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "message"), name="attachment_message_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["refused", "removed"]), ("stored__isnull", False), _connector="XOR"
                                ),
                                name="attachment_stored_while_kept",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MaskingReport",
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
                            "message",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reports",
                                to="chat.message",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(choices=[("miss", "Miss"), ("false_alarm", "False alarm")], max_length=12),
                        ),
                        (
                            "entity",
                            models.CharField(help_text="What it is said to be, or was taken for.", max_length=16),
                        ),
                        (
                            "detector",
                            models.CharField(
                                blank=True, help_text="Of a false alarm: what took it for that.", max_length=40
                            ),
                        ),
                        (
                            "start",
                            models.PositiveIntegerField(
                                help_text="Code points into the text as it was then, half-open."
                            ),
                        ),
                        ("end", models.PositiveIntegerField()),
                        (
                            "before",
                            models.CharField(blank=True, help_text="Shape of what stands before it.", max_length=400),
                        ),
                        (
                            "value",
                            models.CharField(
                                blank=True, help_text="Its shape; of a false alarm nothing is left.", max_length=200
                            ),
                        ),
                        ("after", models.CharField(blank=True, max_length=400)),
                        ("words", models.JSONField(default=list, help_text="Words of the masking lexicon near it.")),
                        (
                            "masked_now",
                            models.BooleanField(default=False, help_text="Whether the reporter had it masked at once."),
                        ),
                        ("rule_set_number", models.PositiveIntegerField()),
                        (
                            "reported_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("reported_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[("new", "New"), ("accepted", "Accepted"), ("declined", "Declined")],
                                default="new",
                                max_length=8,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("rule", "A rule was added"),
                                    ("exempt", "Ids of this form are left alone"),
                                    ("noted", "Accepted, no rule added"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("not_private", "This is nothing private"),
                                    ("right", "Masking this is right"),
                                    ("too_rare", "Too rare for a rule"),
                                    ("too_wide", "A rule for it would hide too much else"),
                                    ("known", "Known already"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "decided_by",
                            tenants.models.base.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "state", "-reported_at"], name="masking_report_queue")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("after__regex", "^[^0-8]*$"),
                                    ("before__regex", "^[^0-8]*$"),
                                    ("value__regex", "^[^0-8b-zB-Z]*$"),
                                ),
                                name="masking_report_shapes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("start__lt", models.F("end"))), name="masking_report_not_empty"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", ""), ("reason", ""), ("state", "new")),
                                    models.Q(
                                        ("reason", ""), ("state", "accepted"), models.Q(("outcome", ""), _negated=True)
                                    ),
                                    models.Q(
                                        ("outcome", ""), ("state", "declined"), models.Q(("reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="masking_report_decided",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "new")),
                                fields=("tenant", "message", "kind", "start", "end"),
                                name="masking_report_once",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
