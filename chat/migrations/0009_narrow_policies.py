from django.db import migrations

from tenants.rls import narrow_policies


class Migration(migrations.Migration):
    """Let each policy of the main database say the tenant, beside the floor."""

    dependencies = [
        ("chat", "0008_masking_reports_isolation"),
        ("compliance", "0007_rule_sets_on_trial_isolation"),
        ("tenants", "0006_operator"),
    ]

    operations = [narrow_policies()]
