from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the receipts."""

    dependencies = [("chat", "0015_consent")]

    operations = [
        protect(
            "chat_consentreceipt",
            references={
                "contact_id": "chat_contact",
                "session_id": "chat_visitorsession",
                "notice_id": "compliance_noticeversion",
            },
        )
    ]
