from django.db import migrations, models


class Migration(migrations.Migration):
    """Name the rule set that scanned a contact's details as every other row of texts does: the re-scan takes it in."""

    dependencies = [("chat", "0009_narrow_policies")]

    operations = [
        migrations.RenameField("contact", "details_masked_with", "masked_with"),
        migrations.AlterField(
            "contact",
            "masked_with",
            models.PositiveIntegerField(help_text="Number of the rule set that scanned the details.", null=True),
        ),
    ]
