from django.db import migrations

from tenants.rls import protect, refer


class Migration(migrations.Migration):
    """Fence an organisation's own endpoint and its keys, and let requests be for those of their own alone."""

    dependencies = [("chat", "0032_form_kinds")]

    operations = [
        protect("chat_formendpoint"),
        protect("chat_endpointkey"),
        refer("chat_formrequest", "endpoint_key_id", "chat_endpointkey"),
    ]
