from django.db import migrations, models


class Migration(migrations.Migration):
    """What a contact is called and reached by, sealed, with the tokens by which it is found."""

    dependencies = [("chat", "0002_isolation")]

    operations = [
        migrations.AddField("contact", "name", models.BinaryField(null=True)),
        migrations.AddField("contact", "email", models.BinaryField(null=True)),
        migrations.AddField("contact", "phone", models.BinaryField(null=True)),
        migrations.AddField("contact", "email_token", models.BinaryField(max_length=20, null=True)),
        migrations.AddField("contact", "phone_token", models.BinaryField(max_length=20, null=True)),
        migrations.AddField("contact", "details_changed_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "contact",
            "masked_with",
            models.PositiveIntegerField(help_text="Number of the rule set that scanned the details.", null=True),
        ),
        migrations.AddIndex("contact", models.Index(fields=["tenant", "email_token"], name="contact_by_email")),
        migrations.AddIndex("contact", models.Index(fields=["tenant", "phone_token"], name="contact_by_phone")),
    ]
