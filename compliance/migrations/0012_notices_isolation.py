from django.db import migrations

from tenants.rls import APPEND_ONLY, protect


class Migration(migrations.Migration):
    """Fence what visitors are told; a version that was shown stays as it was."""

    dependencies = [("compliance", "0011_notices")]

    operations = [
        protect("compliance_noticeversion", grants=APPEND_ONLY),
        protect("compliance_noticedraft"),
        protect("compliance_noticesetting"),
    ]
