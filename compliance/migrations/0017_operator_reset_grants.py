from typing import Final

from django.db import migrations
from django.db.migrations import RunSQL

from tenants.rls import OPERATOR_ROLE, grant, let_operator

TABLE: Final = "compliance_operatorreset"
FACTORS: Final = ("tenants_sealedtotpdevice", "tenants_passkey", "tenants_backupcodes")
# The role deletes factors, since operators let members back in. Those of an operator go only with what another has just
# agreed to.
HELD: Final = f"""
CREATE FUNCTION operators_keep_their_factors() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    IF current_user = '{OPERATOR_ROLE}'
        AND EXISTS (SELECT FROM tenants_user AS person WHERE person.id = OLD.user_id AND person.is_operator)
        AND NOT EXISTS (
            SELECT FROM {TABLE} AS reset WHERE reset.user_id = OLD.user_id AND reset.is_approved
                AND reset.decided_at > clock_timestamp() - interval '5 minutes'
        )
    THEN
        RAISE EXCEPTION 'nobody has agreed to this' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$body$
"""  # noqa: S608


class Migration(migrations.Migration):
    """Let operators ask for, and agree to, the reset of a colleague's factors; and take them away no other way."""

    dependencies = [("compliance", "0016_operator_reset")]

    operations = [
        grant(TABLE, "SELECT", "INSERT", "UPDATE"),
        let_operator(TABLE, fenced=False, select=(), insert=(), update=("decided_by_id", "decided_at", "is_approved")),
        RunSQL(HELD, "DROP FUNCTION operators_keep_their_factors()"),
        *(
            RunSQL(
                f"CREATE TRIGGER operators_keep_their_factors BEFORE DELETE ON {table} FOR EACH ROW "
                "EXECUTE FUNCTION operators_keep_their_factors()",
                f"DROP TRIGGER operators_keep_their_factors ON {table}",
            )
            for table in FACTORS
        ),
    ]
