from django.db import migrations, models


class Migration(migrations.Migration):
    """Visitors who object, and visitors of whom what is kept is not to be used: since when."""

    dependencies = [("chat", "0042_payment_sessions")]

    operations = [
        migrations.AddField(
            "contact",
            "objected_at",
            models.DateTimeField(
                help_text="When they objected: they are not mailed of answers, nor asked how it was.", null=True
            ),
        ),
        migrations.AddField(
            "contact",
            "restricted_at",
            models.DateTimeField(
                help_text="Since when what is kept of them is kept and not used: out of lists, searches and exports.",
                null=True,
            ),
        ),
    ]
