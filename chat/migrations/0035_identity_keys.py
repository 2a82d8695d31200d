import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base

_ID = ("id", models.UUIDField(default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False))
_TENANT = (
    "tenant",
    models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
    ),
)


class Migration(migrations.Migration):
    """Keys with which an organisation's site signs for its visitors, and which tokens were used."""

    dependencies = [("chat", "0034_signed_visitors"), ("tenants", "0025_unused_memberships")]

    operations = [
        migrations.CreateModel(
            name="IdentityKey",
            fields=[
                _ID,
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
                ("place", models.PositiveSmallIntegerField(help_text="1 or 2; empty when it is retired.", null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "used_at",
                    models.DateTimeField(help_text="When a token of it was last accepted, to the minute.", null=True),
                ),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    tenants.models.base.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.membership",
                    ),
                ),
                _TENANT,
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
                            models.Q(("place__isnull", True), ("retired_at__isnull", False), ("secret__isnull", True)),
                            _connector="OR",
                        ),
                        name="identity_key_two_at_most",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("algorithm", "EdDSA"), ("public__isnull", False), ("secret__isnull", True)),
                            models.Q(("algorithm", "HS256"), ("public__isnull", True), ("secret__isnull", False)),
                            models.Q(("algorithm", "HS256"), ("public__isnull", True), ("retired_at__isnull", False)),
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
                _ID,
                ("jti_hash", models.BinaryField(max_length=32)),
                ("session_id", models.UUIDField()),
                ("expires_at", models.DateTimeField()),
                _TENANT,
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["tenant", "expires_at"], name="used_token_expires")],
                "constraints": [models.UniqueConstraint(fields=("tenant", "jti_hash"), name="used_token_once")],
            },
        ),
    ]
