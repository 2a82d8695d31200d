import datetime as dt

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """What operators ask for: an organisation's leave to look, and a colleague's factors to be taken away."""

    dependencies = [
        ("compliance", "0001_trail"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="SupportGrant",
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
                            "operator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                help_text="The operator's, masked by every rule there is.", max_length=200
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        (
                            "approved_by",
                            tenants.models.base.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        ("approved_at", models.DateTimeField(blank=True, null=True)),
                        ("until", models.DateTimeField(blank=True, null=True)),
                        (
                            "is_break_glass",
                            models.BooleanField(
                                default=False, help_text="Whether a break-glass code was given for it."
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "ended_as",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("declined", "Declined"),
                                    ("withdrawn", "Taken back by the operator"),
                                    ("by_owner", "Ended by an owner"),
                                    ("by_operator", "Ended by the operator"),
                                    ("by_time", "Time was over"),
                                    ("void", "Ended by itself: what it stood on is gone"),
                                ],
                                max_length=12,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "support access",
                        "verbose_name_plural": "support access",
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(fields=["tenant", "-asked_at"], name="support_grant_recent"),
                            models.Index(fields=["operator"], name="support_grant_operator"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("tenant", "operator"),
                                name="support_grant_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("approved_at", None), ("approved_by", None), ("until", None)),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("approved_by__isnull", False),
                                        ("until__gt", models.F("approved_at")),
                                        (
                                            "until__lte",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("approved_at"), "+", models.Value(dt.timedelta(seconds=3600))
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="support_grant_an_hour_at_most",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_as", ""), ("ended_at", None)),
                                    models.Q(("ended_at__isnull", False), models.Q(("ended_as", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="support_grant_ended_as",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OperatorReset",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                help_text="Who has lost them.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("reason", models.CharField(help_text="Masked by every rule there is.", max_length=200)),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("is_approved", models.BooleanField(default=False)),
                    ],
                    options={
                        "verbose_name": "operator's reset",
                        "verbose_name_plural": "operators' resets",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at", None)),
                                fields=("user",),
                                name="operator_reset_asked_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("asked_by", models.F("user")), _negated=True),
                                name="operator_reset_not_for_oneself",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("is_approved", False),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        models.Q(("decided_by", models.F("user")), _negated=True),
                                        models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="operator_reset_by_another",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
