from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the archives of visitors' data."""

    dependencies = [("chat", "0044_data_archives"), ("compliance", "0031_subject_requests_isolation")]

    operations = [
        protect(
            "chat_dataarchive",
            references={"request_id": "compliance_subjectrequest", "contact_id": "chat_contact"},
        ),
    ]
