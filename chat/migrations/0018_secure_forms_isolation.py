from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the tables."""

    dependencies = [("chat", "0017_secure_forms")]

    operations = [
        protect("chat_formtemplate"),
        protect("chat_formkey", references={"membership_id": "tenants_membership"}),
        protect(
            "chat_formrequest",
            references={
                "conversation_id": "chat_conversation",
                "recipient_id": "tenants_membership",
                "key_id": "chat_formkey",
            },
        ),
    ]
