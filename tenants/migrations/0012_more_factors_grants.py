from django.db import migrations

from tenants.rls import grant, let_operator


class Migration(migrations.Migration):
    """Grant the application role passkeys and backup codes; let operators count and end factors, and read none."""

    dependencies = [("tenants", "0011_more_factors")]

    operations = [
        grant("tenants_passkey"),
        grant("tenants_backupcodes"),
        *(
            let_operator(table, fenced=False, select=("id", "user_id", "confirmed"), delete=())
            for table in ("tenants_sealedtotpdevice", "tenants_passkey", "tenants_backupcodes")
        ),
    ]
