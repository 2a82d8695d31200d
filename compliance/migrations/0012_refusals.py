from typing import Final

from django.db import migrations
from django.db.migrations import RunSQL

from tenants.rls import OPERATOR_ROLE

RESETS: Final = "compliance_operatorreset"
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
            SELECT FROM {RESETS} AS reset WHERE reset.user_id = OLD.user_id AND reset.is_approved
                AND reset.decided_at > clock_timestamp() - interval '5 minutes'
        )
    THEN
        RAISE EXCEPTION 'nobody has agreed to this' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$body$
"""  # noqa: S608
REFUSE: Final = """
    CREATE FUNCTION refuse_long_retention() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
    AS $body$
    BEGIN
        IF NEW.keep_days > 365
            AND EXISTS (SELECT FROM tenants_tenant WHERE id = NEW.tenant_id AND pci_state <> 'off')
        THEN
            RAISE EXCEPTION 'PCI mode keeps chats for a year at most'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'retention_not_above_mode';
        END IF;
        RETURN NEW;
    END
    $body$
"""
ON_WRITE: Final = (
    "CREATE TRIGGER not_above_mode BEFORE INSERT OR UPDATE OF tenant_id, keep_days ON compliance_retentionpolicy "
    "FOR EACH ROW EXECUTE FUNCTION refuse_long_retention()"
)
DRILLS: Final = "compliance_restoredrill"
CALLED: Final = "EXECUTE FUNCTION drills_are_only_added()"
# Not for the owner of the table either: grants do not hold for whoever may grant.
REFUSE_CHANGE: Final = """
CREATE FUNCTION drills_are_only_added() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION 'restore drills are only added to' USING ERRCODE = 'insufficient_privilege';
END
$body$
"""


class Migration(migrations.Migration):
    """Refuse what no grant can: an operator's factors taken away unagreed, chats kept too long, a drill rewritten."""

    dependencies = [("compliance", "0011_audit_sealing")]

    operations = [
        RunSQL(HELD, "DROP FUNCTION operators_keep_their_factors()"),
        *(
            RunSQL(
                f"CREATE TRIGGER operators_keep_their_factors BEFORE DELETE ON {table} FOR EACH ROW "
                "EXECUTE FUNCTION operators_keep_their_factors()",
                f"DROP TRIGGER operators_keep_their_factors ON {table}",
            )
            for table in FACTORS
        ),
        RunSQL(
            (REFUSE, ON_WRITE),
            (
                "DROP TRIGGER not_above_mode ON compliance_retentionpolicy",
                "DROP FUNCTION refuse_long_retention()",
            ),
        ),
        RunSQL(
            (
                REFUSE_CHANGE,
                f"CREATE TRIGGER drill_kept BEFORE UPDATE OR DELETE ON {DRILLS} FOR EACH ROW {CALLED}",
                f"CREATE TRIGGER drills_kept BEFORE TRUNCATE ON {DRILLS} FOR EACH STATEMENT {CALLED}",
            ),
            (
                f"DROP TRIGGER drills_kept ON {DRILLS}",
                f"DROP TRIGGER drill_kept ON {DRILLS}",
                "DROP FUNCTION drills_are_only_added()",
            ),
        ),
    ]
