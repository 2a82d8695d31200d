import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base
from helpdesk.core.create_models import CreateModels


class Migration(migrations.Migration):
    """Secure forms, the keys they are sealed for, and accounts at payment providers."""

    dependencies = [
        ("chat", "0004_visitors"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="FormTemplate",
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
                                    ("card", "Payment card"),
                                    ("ssn", "Social security number"),
                                    ("insurance", "Health insurance"),
                                    ("bank", "Bank account"),
                                    ("custom", "A form of your own"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "handling",
                            models.CharField(
                                choices=[
                                    ("view", "Read once by the agent"),
                                    ("forward", "Forwarded to your own system"),
                                    ("check", "Compared in the browser of the agent"),
                                    ("ask", "Compared by your own system"),
                                    ("pay", "Taken by your payment provider"),
                                ],
                                db_default="view",
                                default="view",
                                max_length=8,
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=60)),
                        ("fields", models.JSONField(default=list)),
                        ("is_on", models.BooleanField(default=True)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "custom"), _negated=True),
                                fields=("tenant", "kind"),
                                name="form_template_kind_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind", "custom"), ("name", ""), _connector="XOR"),
                                name="form_template_name_of_custom",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FormKey",
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
                        ("point", models.BinaryField(max_length=65)),
                        ("fingerprint", models.BinaryField(max_length=32)),
                        (
                            "browser",
                            models.CharField(
                                help_text="Its name and system, from the User-Agent header.", max_length=80
                            ),
                        ),
                        ("enrolled_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("tenant", "membership", "fingerprint"), name="form_key_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FormEndpoint",
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
                        ("address", models.CharField(max_length=300)),
                        ("signing_seed", models.BinaryField()),
                        ("signing_point", models.BinaryField(max_length=32)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant",), name="form_endpoint_once")],
                    },
                ),
                migrations.CreateModel(
                    name="EndpointKey",
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
                        ("point", models.BinaryField(max_length=65)),
                        ("fingerprint", models.BinaryField(max_length=32)),
                        ("added_at", models.DateTimeField()),
                        ("retired_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [
                            models.UniqueConstraint(fields=("tenant", "fingerprint"), name="endpoint_key_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FormRequest",
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
                                related_name="form_requests",
                                to="chat.conversation",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("card", "Payment card"),
                                    ("ssn", "Social security number"),
                                    ("insurance", "Health insurance"),
                                    ("bank", "Bank account"),
                                    ("custom", "A form of your own"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "handling",
                            models.CharField(
                                choices=[
                                    ("view", "Read once by the agent"),
                                    ("forward", "Forwarded to your own system"),
                                    ("check", "Compared in the browser of the agent"),
                                    ("ask", "Compared by your own system"),
                                    ("pay", "Taken by your payment provider"),
                                ],
                                db_default="view",
                                default="view",
                                max_length=8,
                            ),
                        ),
                        ("name", models.CharField(max_length=60)),
                        ("fields", models.JSONField()),
                        (
                            "by_visitor",
                            models.BooleanField(
                                default=False, help_text="The visitor wanted to send something this way."
                            ),
                        ),
                        (
                            "recipient",
                            tenants.models.base.TenantForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="tenants.membership",
                            ),
                        ),
                        (
                            "key",
                            tenants.models.base.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="chat.formkey",
                            ),
                        ),
                        (
                            "endpoint_key",
                            tenants.models.base.TenantForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="chat.endpointkey",
                            ),
                        ),
                        (
                            "session_id",
                            models.UUIDField(help_text="The recipient's sign-in that asked; it ends with that."),
                        ),
                        (
                            "looks",
                            models.CharField(
                                help_text="From which machine they asked (helpdesk.core.machine).", max_length=32
                            ),
                        ),
                        (
                            "unread_s",
                            models.PositiveIntegerField(help_text="How long what is sent may wait to be read."),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("requested", "Waiting for the visitor"),
                                    ("opened", "Being filled in"),
                                    ("submitted", "Sent, not read yet"),
                                    ("forwarding", "On its way to your system"),
                                    ("viewed", "On the screen"),
                                    ("forwarded", "Taken by your system"),
                                    ("checked", "Compared"),
                                    ("refused", "Not taken by your system"),
                                    ("tokenized", "Taken by your payment provider"),
                                    ("destroyed", "Read and destroyed"),
                                    ("declined", "Declined"),
                                    ("expired", "Run out"),
                                    ("cancelled", "Withdrawn"),
                                    ("revoked", "Destroyed unread"),
                                ],
                                default="requested",
                                max_length=10,
                            ),
                        ),
                        (
                            "why",
                            models.CharField(
                                blank=True, help_text="What ended it early: a name out of the code.", max_length=12
                            ),
                        ),
                        ("requested_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField(help_text="When the present state runs out.")),
                        ("opened_at", models.DateTimeField(blank=True, null=True)),
                        ("submitted_at", models.DateTimeField(blank=True, null=True)),
                        ("viewed_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(
                                db_default=0, default=0, help_text="How often it was brought to the endpoint."
                            ),
                        ),
                        ("tried_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "pay_session",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The payment provider's name of its page.",
                                max_length=220,
                            ),
                        ),
                        (
                            "token",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The payment provider's name of the card.",
                                max_length=80,
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[("match", "It matches"), ("no_match", "It does not match")],
                                db_default="",
                                default="",
                                max_length=8,
                            ),
                        ),
                        (
                            "brand",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("visa", "Visa"),
                                    ("mastercard", "Mastercard"),
                                    ("amex", "American Express"),
                                    ("discover", "Discover"),
                                    ("diners", "Diners Club"),
                                    ("jcb", "JCB"),
                                    ("unionpay", "UnionPay"),
                                    ("other", "Card"),
                                ],
                                db_default="",
                                default="",
                                max_length=10,
                            ),
                        ),
                        (
                            "last_four",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Of a card, as its taker told (PCI DSS 3.4.1).",
                                max_length=4,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("pay_session", ""), _negated=True),
                                fields=["tenant", "pay_session"],
                                name="form_request_pay_session",
                            ),
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["tenant", "expires_at"],
                                name="form_request_live",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ["requested", "opened", "submitted", "forwarding", "viewed"])
                                ),
                                fields=("tenant", "conversation"),
                                name="form_request_one_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["requested", "opened", "submitted", "forwarding", "viewed"]),
                                    ("ended_at__isnull", False),
                                    _connector="XOR",
                                ),
                                name="form_request_ends_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("handling__in", ["view", "check"]),
                                        ("endpoint_key", None),
                                        ("key__isnull", False),
                                    ),
                                    models.Q(
                                        ("handling__in", ["forward", "ask"]),
                                        ("endpoint_key__isnull", False),
                                        ("key", None),
                                    ),
                                    models.Q(("handling", "pay"), ("endpoint_key", None), ("key", None)),
                                    _connector="OR",
                                ),
                                name="form_request_one_key",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("last_four__regex", "^([0-9]{4})?$")), name="form_request_last_four"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PaymentAccount",
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
                        ("provider", models.CharField(choices=[("stripe", "Stripe")], max_length=10)),
                        ("secret_key", models.BinaryField()),
                        ("webhook_secret", models.BinaryField()),
                        ("connected_at", models.DateTimeField()),
                    ],
                    options={
                        "abstract": False,
                        "base_manager_name": "objects",
                        "constraints": [models.UniqueConstraint(fields=("tenant",), name="payment_account_once")],
                    },
                ),
            ],
        ),
    ]
