import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import helpdesk.core.ids


class Migration(migrations.Migration):
    """Cards that a payment provider takes: whose account it is, and what comes back."""

    dependencies = [
        ("chat", "0039_attachments_isolation"),
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
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
            },
        ),
        migrations.RemoveConstraint(
            model_name="formrequest",
            name="form_request_one_key",
        ),
        migrations.AddField(
            model_name="formrequest",
            name="pay_session",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The payment provider's name of its page.",
                max_length=220,
            ),
        ),
        migrations.AddField(
            model_name="formrequest",
            name="token",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The payment provider's name of the card.",
                max_length=80,
            ),
        ),
        migrations.AlterField(
            model_name="formrequest",
            name="handling",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="formtemplate",
            name="handling",
            field=models.CharField(
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
        # Looked at in a later one, which does not keep the table locked meanwhile.
        AddConstraintNotValid(
            model_name="formrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("handling__in", ["view", "check"]), ("endpoint_key", None), ("key__isnull", False)),
                    models.Q(("handling__in", ["forward", "ask"]), ("endpoint_key__isnull", False), ("key", None)),
                    models.Q(("handling", "pay"), ("endpoint_key", None), ("key", None)),
                    _connector="OR",
                ),
                name="form_request_one_key",
            ),
        ),
        migrations.AddField(
            model_name="paymentaccount",
            name="tenant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentaccount",
            constraint=models.UniqueConstraint(fields=("tenant",), name="payment_account_once"),
        ),
    ]
