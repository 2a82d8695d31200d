import django.db.models.deletion
from django.db import migrations, models

import compliance.sealed_text
import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """Who a visitor is and what they have agreed to: consent, proofs, passkeys, vouching sites, merges, archives."""

    dependencies = [
        ("chat", "0003_workspace"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="ConsentReceipt",
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
                            "contact",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.contact",
                            ),
                        ),
                        (
                            "session",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="receipts",
                                to="chat.visitorsession",
                            ),
                        ),
                        (
                            "notice",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="compliance.noticeversion",
                            ),
                        ),
                        (
                            "text_hash",
                            models.BinaryField(help_text="SHA-256 of the text as it was on the screen.", max_length=32),
                        ),
                        ("region", models.CharField(max_length=12)),
                        ("language", models.CharField(max_length=2)),
                        (
                            "agreed",
                            models.BooleanField(help_text="Whether to agree was asked; else the text was shown."),
                        ),
                        ("gpc", models.BooleanField(help_text="Whether the browser sent Global Privacy Control.")),
                        (
                            "entry",
                            models.CharField(
                                choices=[
                                    ("socket", "Widget, by its socket"),
                                    ("http", "Widget, over HTTP"),
                                    ("import", "Set up with examples"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("given_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "contact", "-given_at"], name="consent_receipt_of")],
                    },
                ),
                migrations.CreateModel(
                    name="IdentityKey",
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
                        ("kid", models.CharField(help_text="Names the key in a token's header.", max_length=16)),
                        (
                            "algorithm",
                            models.CharField(
                                choices=[("HS256", "Shared secret (HS256)"), ("EdDSA", "Public key (EdDSA, Ed25519)")],
                                max_length=5,
                            ),
                        ),
                        ("secret", models.BinaryField(null=True)),
                        ("public", models.BinaryField(max_length=32, null=True)),
                        (
                            "place",
                            models.PositiveSmallIntegerField(help_text="1 or 2; empty when it is retired.", null=True),
                        ),
                        (
                            "made_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("created_at", models.DateTimeField()),
                        (
                            "used_at",
                            models.DateTimeField(
                                help_text="When a token of it was last accepted, to the minute.", null=True
                            ),
                        ),
                        ("retired_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "kid"), name="identity_key_kid_once"),
                            models.UniqueConstraint(fields=("tenant", "place"), name="identity_key_place_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("place__in", [1, 2]), ("retired_at__isnull", True)),
                                    models.Q(
                                        ("place__isnull", True), ("retired_at__isnull", False), ("secret__isnull", True)
                                    ),
                                    _connector="OR",
                                ),
                                name="identity_key_two_at_most",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("algorithm", "EdDSA"), ("public__isnull", False), ("secret__isnull", True)
                                    ),
                                    models.Q(
                                        ("algorithm", "HS256"), ("public__isnull", True), ("secret__isnull", False)
                                    ),
                                    models.Q(
                                        ("algorithm", "HS256"), ("public__isnull", True), ("retired_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="identity_key_has_its_half",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UsedToken",
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
                        ("jti_hash", models.BinaryField(max_length=32)),
                        ("session_id", models.UUIDField()),
                        ("expires_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "expires_at"], name="used_token_expires")],
                        "constraints": [models.UniqueConstraint(fields=("tenant", "jti_hash"), name="used_token_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ProofRequest",
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
                                related_name="proofs",
                                to="chat.conversation",
                            ),
                        ),
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
                            "scope",
                            compliance.sealed_text.SealedTextField(
                                help_text="What it is asked for; empty for a visitor's own data.", null=True
                            ),
                        ),
                        (
                            "masked_with",
                            models.PositiveIntegerField(
                                db_default=0, default=0, help_text="Number of the rule set that scanned the scope."
                            ),
                        ),
                        (
                            "asked_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                help_text="Empty where the visitor began it.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "Waiting for the visitor"),
                                    ("sent", "A code was sent"),
                                    ("proven", "Proven"),
                                    ("declined", "Declined"),
                                    ("expired", "Run out"),
                                    ("cancelled", "Withdrawn"),
                                    ("ended", "Proven once, and over"),
                                ],
                                default="asked",
                                max_length=10,
                            ),
                        ),
                        (
                            "why",
                            models.CharField(
                                blank=True, help_text="What ended it early: a name out of the code.", max_length=12
                            ),
                        ),
                        (
                            "method",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("mail", "a code sent to their e-mail address"),
                                    ("app", "a code of their authenticator app"),
                                    ("key", "a passkey"),
                                ],
                                max_length=4,
                            ),
                        ),
                        (
                            "is_pinned",
                            models.BooleanField(
                                default=True, help_text="Whether its card is shown in the visitor's chat."
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField(help_text="When the present state runs out.")),
                        ("proven_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "session_id",
                            models.UUIDField(
                                help_text="The visitor's browser that asked for the code, and proved it.", null=True
                            ),
                        ),
                        (
                            "code_hash",
                            models.BinaryField(
                                help_text="Keyed, of the code that was sent last.", max_length=32, null=True
                            ),
                        ),
                        ("code_until", models.DateTimeField(null=True)),
                        (
                            "address_token",
                            models.BinaryField(
                                help_text="Of the address that it was sent to.", max_length=20, null=True
                            ),
                        ),
                        (
                            "challenge",
                            models.BinaryField(
                                help_text="What a passkey has to sign; it goes with that.", max_length=64, null=True
                            ),
                        ),
                        ("challenge_until", models.DateTimeField(null=True)),
                        (
                            "challenge_session_id",
                            models.UUIDField(help_text="The visitor's browser that the challenge is for.", null=True),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["tenant", "expires_at"],
                                name="proof_request_live",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["asked", "sent"])),
                                fields=("tenant", "conversation"),
                                name="proof_request_one_waiting",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "proven")),
                                fields=("tenant", "conversation"),
                                name="proof_request_one_proven",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["asked", "sent", "proven"]),
                                    ("ended_at__isnull", False),
                                    _connector="XOR",
                                ),
                                name="proof_request_ends_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state", "sent"), ("code_hash__isnull", True), _connector="OR"),
                                name="proof_request_code_in_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VisitorFactor",
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
                            "contact",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.contact",
                            ),
                        ),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("tried_at", models.DateTimeField(null=True)),
                        (
                            "sealed_seed",
                            models.BinaryField(help_text="Of the app (RFC 6238), sealed.", max_length=400, null=True),
                        ),
                        ("confirmed_at", models.DateTimeField(help_text="When the app's first code came.", null=True)),
                        (
                            "last_step",
                            models.BigIntegerField(default=-1, help_text="The last time step that was accepted."),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "contact"), name="visitor_factor_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VisitorPasskey",
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
                            "contact",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.contact",
                            ),
                        ),
                        (
                            "credential_id",
                            models.BinaryField(help_text="Made by the device, at random.", max_length=1023),
                        ),
                        ("public_key", models.BinaryField(max_length=2048)),
                        (
                            "sign_count",
                            models.BigIntegerField(default=0, help_text="How often it was used, as it said last."),
                        ),
                        (
                            "transports",
                            models.JSONField(
                                default=list, help_text="How its device is reached: names out of the standard."
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "contact"], name="visitor_passkey_contact")],
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "credential_id"), name="visitor_passkey_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactMerge",
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
                            "kept",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.contact",
                            ),
                        ),
                        (
                            "merged",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.contact",
                            ),
                        ),
                        (
                            "made_by",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("made_at", models.DateTimeField()),
                        ("undo_until", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [models.Index(fields=["tenant", "kept"], name="contact_merge_kept")],
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "merged"), name="contact_merge_once"),
                            models.CheckConstraint(
                                condition=models.Q(("kept", models.F("merged")), _negated=True),
                                name="contact_merge_of_two",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DataArchive",
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
                                related_name="+",
                                to="compliance.subjectrequest",
                            ),
                        ),
                        (
                            "contact",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="chat.contact",
                            ),
                        ),
                        ("run", models.UUIDField()),
                        ("moved_at", models.DateTimeField()),
                        ("done", models.PositiveIntegerField(default=0, help_text="Conversations that are in it.")),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("messages", models.PositiveIntegerField(default=0)),
                        ("files", models.PositiveIntegerField(default=0)),
                        ("left_out", models.PositiveIntegerField(default=0, help_text="Files that could not be read.")),
                        (
                            "bytes",
                            models.PositiveBigIntegerField(default=0, help_text="Of the archive, before it is sealed."),
                        ),
                        (
                            "sha256",
                            models.CharField(
                                blank=True, help_text="Of the archive, before it is sealed.", max_length=64
                            ),
                        ),
                        (
                            "stored",
                            models.UUIDField(
                                help_text="Its name in the store; none once it is gone from there.", null=True
                            ),
                        ),
                        ("key", models.BinaryField(help_text="Envelope of its key.", max_length=200, null=True)),
                        ("built_at", models.DateTimeField(null=True)),
                        ("expires_at", models.DateTimeField(null=True)),
                        ("gone_at", models.DateTimeField(help_text="When it was removed from the store.", null=True)),
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
            ],
        ),
    ]
