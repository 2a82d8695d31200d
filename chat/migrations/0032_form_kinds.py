import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.ids
import tenants.models.base


class Migration(migrations.Migration):
    """What becomes of what a secure form brings: read once, forwarded to an organisation's own endpoint, or compared."""

    dependencies = [
        ("chat", "0031_ratings_isolation"),
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
        migrations.CreateModel(
            name="EndpointKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
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
                ("address", models.CharField(max_length=300)),
                ("signing_seed", models.BinaryField()),
                ("signing_point", models.BinaryField(max_length=32)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.RemoveConstraint(
            model_name="formrequest",
            name="form_request_one_at_a_time",
        ),
        migrations.RemoveConstraint(
            model_name="formrequest",
            name="form_request_ends_once",
        ),
        migrations.AddField(
            model_name="formrequest",
            name="attempts",
            field=models.PositiveSmallIntegerField(default=0, help_text="How often it was brought to the endpoint."),
        ),
        migrations.AddField(
            model_name="formrequest",
            name="brand",
            field=models.CharField(
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
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="formrequest",
            name="handling",
            field=models.CharField(
                choices=[
                    ("view", "Read once by the agent"),
                    ("forward", "Forwarded to your own system"),
                    ("check", "Compared in the browser of the agent"),
                    ("ask", "Compared by your own system"),
                ],
                default="view",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="formrequest",
            name="last_four",
            field=models.CharField(blank=True, help_text="Of a card, as its taker told (PCI DSS 3.4.1).", max_length=4),
        ),
        migrations.AddField(
            model_name="formrequest",
            name="outcome",
            field=models.CharField(
                blank=True, choices=[("match", "It matches"), ("no_match", "It does not match")], max_length=8
            ),
        ),
        migrations.AddField(
            model_name="formrequest",
            name="tried_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="formtemplate",
            name="handling",
            field=models.CharField(
                choices=[
                    ("view", "Read once by the agent"),
                    ("forward", "Forwarded to your own system"),
                    ("check", "Compared in the browser of the agent"),
                    ("ask", "Compared by your own system"),
                ],
                default="view",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="formrequest",
            name="key",
            field=tenants.models.base.TenantForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="chat.formkey",
            ),
        ),
        migrations.AlterField(
            model_name="formrequest",
            name="state",
            field=models.CharField(
                choices=[
                    ("requested", "Waiting for the visitor"),
                    ("opened", "Being filled in"),
                    ("submitted", "Sent, not read yet"),
                    ("forwarding", "On its way to your system"),
                    ("viewed", "On the screen"),
                    ("forwarded", "Taken by your system"),
                    ("checked", "Compared"),
                    ("refused", "Not taken by your system"),
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
        migrations.AddField(
            model_name="endpointkey",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
            ),
        ),
        migrations.AddField(
            model_name="formrequest",
            name="endpoint_key",
            field=tenants.models.base.TenantForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="chat.endpointkey",
            ),
        ),
        migrations.AddConstraint(
            model_name="formrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["requested", "opened", "submitted", "forwarding", "viewed"])),
                fields=("tenant", "conversation"),
                name="form_request_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="formrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["requested", "opened", "submitted", "forwarding", "viewed"]),
                    ("ended_at__isnull", False),
                    _connector="XOR",
                ),
                name="form_request_ends_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="formrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("handling__in", ["view", "check"]), ("endpoint_key", None), ("key__isnull", False)),
                    models.Q(("handling__in", ["forward", "ask"]), ("endpoint_key__isnull", False), ("key", None)),
                    _connector="OR",
                ),
                name="form_request_one_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="formrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_four__regex", "^([0-9]{4})?$")), name="form_request_last_four"
            ),
        ),
        migrations.AddField(
            model_name="formendpoint",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
            ),
        ),
        migrations.AddConstraint(
            model_name="endpointkey",
            constraint=models.UniqueConstraint(fields=("tenant", "fingerprint"), name="endpoint_key_once"),
        ),
        migrations.AddConstraint(
            model_name="formendpoint",
            constraint=models.UniqueConstraint(fields=("tenant",), name="form_endpoint_once"),
        ),
    ]
