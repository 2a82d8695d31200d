from django.db import migrations, models

import helpdesk.core.ids


class Migration(migrations.Migration):
    """Keys of the service that sign anchors of the audit trail."""

    dependencies = [
        ("compliance", "0019_audit_chain_sealing"),
    ]

    operations = [
        migrations.CreateModel(
            name="AnchorKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=helpdesk.core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True)),
                ("public", models.CharField(help_text="In hexadecimal, to be published.", max_length=64, unique=True)),
                ("wrapped", models.BinaryField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
    ]
