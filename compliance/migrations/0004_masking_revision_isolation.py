from django.db import migrations

from tenants.rls import protect


class Migration(migrations.Migration):
    """Fence the table; a revision is made, read, and at the closure of the organisation removed, but never changed."""

    dependencies = [("compliance", "0003_masking_revision")]

    operations = [protect("compliance_maskingrevision", grants=("SELECT", "INSERT", "DELETE"))]
