from django.db import migrations

from tenants.rls import grant, let_operator, protect


class Migration(migrations.Migration):
    """Fence what organisations choose, and grant the application people's sessions."""

    dependencies = [("tenants", "0009_staff_gate")]

    operations = [
        protect("tenants_policychoice"),
        let_operator("tenants_policychoice", select=()),
        grant("tenants_staffsession"),
    ]
