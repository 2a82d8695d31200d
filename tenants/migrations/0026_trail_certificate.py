from django.db import migrations, models


class Migration(migrations.Migration):
    """Room for the certificate of a trail that has ended."""

    dependencies = [
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
        migrations.AlterField(
            model_name="closurecertificate",
            name="facts",
            field=models.JSONField(
                help_text="Counts, fingerprints of wrapped keys, the last hash of the audit trail. No content."
            ),
        ),
        migrations.AlterField(
            model_name="closurecertificate",
            name="step",
            field=models.CharField(
                choices=[("keys", "Keys destroyed"), ("rows", "Rows purged"), ("trail", "Audit trail ended")],
                max_length=8,
            ),
        ),
    ]
