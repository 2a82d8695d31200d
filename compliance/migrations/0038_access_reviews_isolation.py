from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence reviews of access and their lines; nobody deletes them."""

    dependencies = [("compliance", "0037_access_reviews")]

    operations = [
        protect("compliance_accessreview", grants=("SELECT", "INSERT", "UPDATE")),
        protect(
            "compliance_accessreviewline",
            references={"review_id": "compliance_accessreview", "membership_id": "tenants_membership"},
            grants=("SELECT", "INSERT", "UPDATE"),
        ),
    ]
