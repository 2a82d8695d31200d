from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the tables."""

    dependencies = [("chat", "0035_identity_keys")]

    operations = [
        protect("chat_identitykey", references={"made_by_id": "tenants_membership"}),
        protect("chat_usedtoken"),
    ]
