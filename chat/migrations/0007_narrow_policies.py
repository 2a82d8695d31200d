from django.db import migrations

from tenants.rls import narrow_policies


class Migration(migrations.Migration):
    """Let each policy of the main database say the tenant, beside the floor."""

    dependencies = [
        ("chat", "0006_text_surfaces_isolation"),
        ("compliance", "0005_operator"),
        ("tenants", "0006_operator"),
    ]

    operations = [narrow_policies()]
