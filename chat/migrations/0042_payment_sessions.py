from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    """Find the form that a payment provider's message tells of, and see that every form has what it is sealed for."""

    atomic = False

    dependencies = [("chat", "0041_payments_isolation")]

    operations = [
        ValidateConstraint("formrequest", "form_request_one_key"),
        AddIndexConcurrently(
            "formrequest",
            models.Index(
                condition=models.Q(("pay_session", ""), _negated=True),
                fields=["tenant", "pay_session"],
                name="form_request_pay_session",
            ),
        ),
    ]
