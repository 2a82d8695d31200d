from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0026_hours_isolation"),
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("assignee__isnull", True), ("status", "open"), ("waiting_since__isnull", False)),
                fields=["tenant", "waiting_since"],
                name="conversation_queue",
            ),
        ),
    ]
