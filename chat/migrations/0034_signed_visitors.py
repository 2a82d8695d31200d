from django.db import migrations, models

import compliance.sealed_text


class Migration(migrations.Migration):
    """Visitors for whom the organisation's site has vouched: what it calls them, sealed, and until when it counts."""

    dependencies = [("chat", "0033_form_kinds_isolation")]

    operations = [
        migrations.AddField("contact", "subject", compliance.sealed_text.SealedTextField(null=True)),
        migrations.AddField("contact", "subject_token", models.BinaryField(max_length=20, null=True)),
        migrations.AddField(
            "visitorsession",
            "signed_until",
            models.DateTimeField(
                help_text="How long the organisation's site vouches for the visitor; the session ends with it.",
                null=True,
            ),
        ),
        migrations.AddField(
            "visitorsession",
            "signed_with",
            models.UUIDField(help_text="The key of the token that vouched for them.", null=True),
        ),
        migrations.AddIndex(
            "contact",
            models.Index(
                fields=["tenant", "subject_token"],
                condition=models.Q(("subject_token__isnull", False)),
                name="contact_by_subject",
            ),
        ),
    ]
