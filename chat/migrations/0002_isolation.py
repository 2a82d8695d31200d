from django.db import migrations

from tenants.rls import lookup_function, protect


class Migration(migrations.Migration):
    """Fence the tables; find the organisation of a widget before a visitor is known."""

    dependencies = [("chat", "0001_initial"), ("tenants", "0003_grants")]

    operations = [
        protect("chat_inbox", looked_up=True),
        protect("chat_contact"),
        protect("chat_visitorsession", references={"contact_id": "chat_contact"}),
        protect(
            "chat_conversation",
            references={
                "inbox_id": "chat_inbox",
                "contact_id": "chat_contact",
                "started_by_id": "chat_visitorsession",
                "assignee_id": "tenants_membership",
            },
        ),
        protect("chat_message", references={"conversation_id": "chat_conversation"}),
        protect("chat_finding", references={"message_id": "chat_message"}),
        protect(
            "chat_assignment",
            references={"conversation_id": "chat_conversation", "membership_id": "tenants_membership"},
        ),
        lookup_function(
            "inbox_of_widget(key text)",
            "TABLE (inbox_id uuid, tenant_id uuid)",
            "SELECT id, tenant_id FROM chat_inbox WHERE widget_key = key",
        ),
    ]
