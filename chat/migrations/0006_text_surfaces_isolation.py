from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the tables of canned responses and pre-chat questions."""

    dependencies = [("chat", "0005_text_surfaces")]

    operations = [
        protect("chat_cannedresponse"),
        protect("chat_prechatfield", references={"inbox_id": "chat_inbox"}),
        protect(
            "chat_prechatanswer",
            references={"conversation_id": "chat_conversation", "contact_id": "chat_contact"},
        ),
    ]
