from django.db import migrations

from tenants.rls import protect, refer


class Migration(migrations.Migration):
    """Fence teams, and let conversations belong to those of their own organisation alone."""

    dependencies = [("chat", "0020_teams")]

    operations = [
        protect("chat_team"),
        protect("chat_teammember", references={"team_id": "chat_team", "membership_id": "tenants_membership"}),
        refer("chat_conversation", "team_id", "chat_team"),
    ]
