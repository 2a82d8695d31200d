from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the tables."""

    dependencies = [("chat", "0023_proofs")]

    operations = [
        protect(
            "chat_proofrequest",
            references={
                "conversation_id": "chat_conversation",
                "contact_id": "chat_contact",
                "asked_by_id": "tenants_membership",
            },
        ),
        protect("chat_visitorfactor", references={"contact_id": "chat_contact"}),
    ]
