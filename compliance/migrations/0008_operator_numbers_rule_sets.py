from django.db import migrations

from tenants.rls import OPERATOR_ROLE


class Migration(migrations.Migration):
    """Let operators number the rules that come into force by what they switch; the list is only added to."""

    dependencies = [("compliance", "0007_rule_sets_on_trial_isolation")]

    operations = [
        migrations.RunSQL(
            f"GRANT INSERT ON compliance_ruleset TO {OPERATOR_ROLE}",
            f"REVOKE INSERT ON compliance_ruleset FROM {OPERATOR_ROLE}",
        )
    ]
