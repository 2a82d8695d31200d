from django.db import migrations

from tenants.rls import APPEND_ONLY, protect


class Migration(migrations.Migration):
    """Fence courses and what was done in them; the records of it, and versions that were signed, only grow."""

    dependencies = [("compliance", "0009_training")]

    operations = [
        protect("compliance_owncourse"),
        protect("compliance_owncourseversion", references={"course_id": "compliance_owncourse"}, grants=APPEND_ONLY),
        protect("compliance_trainingrecord", references={"membership_id": "tenants_membership"}, grants=APPEND_ONLY),
    ]
