from django.db import migrations, models


class Migration(migrations.Migration):
    """Room for what the sealer adds to an entry: its place in the chain, its hash, and when."""

    dependencies = [
        ("compliance", "0017_operator_reset_grants"),
        ("tenants", "0025_unused_memberships"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="hash",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="position",
            field=models.PositiveBigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="sealed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="operatorentry",
            name="hash",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="operatorentry",
            name="position",
            field=models.PositiveBigIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="operatorentry",
            name="sealed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="operatorentry",
            name="operator_id",
            field=models.UUIDField(blank=True, help_text="None: the service itself.", null=True),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(condition=models.Q(("position", None)), fields=["tenant", "id"], name="audit_waiting"),
        ),
        migrations.AddIndex(
            model_name="operatorentry",
            index=models.Index(condition=models.Q(("position", None)), fields=["id"], name="operator_entry_waiting"),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hash", ""), ("position", None), ("sealed_at", None)),
                    models.Q(("hash__regex", "^[0-9a-f]{64}$"), ("position__gte", 1), ("sealed_at__isnull", False)),
                    _connector="OR",
                ),
                name="audit_entry_sealed_or_not",
            ),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("position__isnull", False)),
                fields=("tenant", "position"),
                name="audit_entry_in_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="operatorentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hash", ""), ("position", None), ("sealed_at", None)),
                    models.Q(("hash__regex", "^[0-9a-f]{64}$"), ("position__gte", 1), ("sealed_at__isnull", False)),
                    _connector="OR",
                ),
                name="operator_entry_sealed_or_not",
            ),
        ),
        migrations.AddConstraint(
            model_name="operatorentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("position__isnull", False)), fields=("position",), name="operator_entry_in_place"
            ),
        ),
    ]
