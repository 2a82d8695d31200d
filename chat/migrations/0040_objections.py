from django.db import migrations, models


class Migration(migrations.Migration):
    """Visitors who object: since when they are not mailed of answers, nor asked how it was."""

    dependencies = [("chat", "0039_attachments_isolation")]

    operations = [
        migrations.AddField(
            "contact",
            "objected_at",
            models.DateTimeField(
                help_text="When they objected: they are not mailed of answers, nor asked how it was.", null=True
            ),
        ),
    ]
