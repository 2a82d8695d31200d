from django.db import migrations

from tenants.rls import grant, protect

MEMBERSHIP = "tenants_membership"


class Migration(migrations.Migration):
    """Fence the rules of addresses and what suspends them, and grant the application from where people were active."""

    dependencies = [("tenants", "0017_places")]

    operations = [
        protect("tenants_addressrule", references={"changed_by_id": MEMBERSHIP}),
        protect("tenants_breakglasscode"),
        protect("tenants_addresswaiver", references={"membership_id": MEMBERSHIP}),
        grant("tenants_seenaddress"),
    ]
