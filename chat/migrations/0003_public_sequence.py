from django.db import migrations, models


class Migration(migrations.Migration):
    """Number apart what the visitor may read, so that a note leaves no gap that tells of it."""

    dependencies = [("chat", "0002_isolation")]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="last_public_sequence",
            field=models.PositiveIntegerField(default=0, help_text="Last one the visitor may read."),
        ),
        migrations.AddField(
            model_name="message",
            name="public_sequence",
            field=models.PositiveIntegerField(
                help_text="Position among what the visitor may read, from 1, without gaps; none for a note.", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("tenant", "conversation", "public_sequence"), name="message_public_sequence_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(kind="note") ^ models.Q(public_sequence__isnull=False),
                name="message_notes_not_public",
            ),
        ),
    ]
