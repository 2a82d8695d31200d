from django.db import migrations
from django.db.migrations import RunSQL

from tenants.rls import grant, let_operator

TABLE = "compliance_restoredrill"
CALLED = "EXECUTE FUNCTION drills_are_only_added()"
# Not for the owner of the table either: grants do not hold for whoever may grant.
REFUSE = """
CREATE FUNCTION drills_are_only_added() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION 'restore drills are only added to' USING ERRCODE = 'insufficient_privilege';
END
$body$
"""


class Migration(migrations.Migration):
    """Let drills be written by the owner's role alone, be looked at by the others, and be changed by nobody."""

    dependencies = [("compliance", "0014_restore_drill")]

    operations = [
        grant(TABLE, "SELECT"),
        let_operator(TABLE, fenced=False, select=()),
        RunSQL(REFUSE, "DROP FUNCTION drills_are_only_added()"),
        RunSQL(
            (
                f"CREATE TRIGGER drill_kept BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW {CALLED}",
                f"CREATE TRIGGER drills_kept BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT {CALLED}",
            ),
            (f"DROP TRIGGER drills_kept ON {TABLE}", f"DROP TRIGGER drill_kept ON {TABLE}"),
        ),
    ]
