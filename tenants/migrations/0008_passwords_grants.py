from django.db import migrations

from tenants.rls import grant, let_operator


class Migration(migrations.Migration):
    """Grant the application the former passwords, to add, compare and drop; an operator sees who must choose anew."""

    dependencies = [("tenants", "0007_passwords")]

    operations = [
        grant("tenants_usedpassword", "SELECT", "INSERT", "DELETE"),
        let_operator("tenants_user", fenced=False, select=("must_change_password",)),
    ]
