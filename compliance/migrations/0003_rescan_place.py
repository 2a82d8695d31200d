from django.db import migrations, models


class Migration(migrations.Migration):
    """A re-scan's place is the rule set number and the id of the last text: remember both."""

    dependencies = [("compliance", "0002_isolation")]

    operations = [
        migrations.AddField(
            model_name="jobrun",
            name="cursor_number",
            field=models.PositiveIntegerField(
                blank=True, help_text="Rule set number of the last row dealt with.", null=True
            ),
        ),
    ]
