from typing import Final

from django.db import migrations
from django.db.migrations import RunSQL

from tenants.rls import EXPIRER, FLOOR, LOOKUP_ROLE, lookup_function

ENTRIES: Final = "compliance_auditentry"
SCOPE: Final = "split_part(current_setting('app.tenant'), '.', 1)::uuid"
# What it has to know of the organisation in scope, column by column.
KNOWN: Final = {
    "compliance_legalhold": "tenant_id, released_at",
    "tenants_policychoice": "tenant_id, key, value",
}
MODES: Final = "SELECT (hipaa_state, pci_state) ON tenants_tenant"
# Days; none: for ever. As `tenants.policies` has it: a test compares them.
KEPT: Final = f"""
SELECT CASE WHEN wanted.days = 0 THEN NULL ELSE greatest(
    180, wanted.days,
    CASE WHEN t.hipaa_state <> 'off' THEN 2190 END,
    CASE WHEN t.pci_state <> 'off' THEN 365 END
) END
FROM tenants_tenant t, LATERAL (
    SELECT coalesce((
        SELECT c.value::integer FROM tenants_policychoice c
        WHERE c.tenant_id = t.id AND c.key = 'audit.kept'
            AND c.value IN ('180', '365', '730', '1095', '2190', '2555', '3650', '0')
    ), 2190)
) AS wanted (days)
WHERE t.id = {SCOPE}
"""  # noqa: S608 (names of our own)
# The newest checkpoint says what goes. It has to be sealed, and to have stood for long enough to be anchored twice;
# what it names has to be there, whole, below it and as old as the policy wants by this clock; and nothing is held.
EXPIRE: Final = f"""
DECLARE
    chain uuid := {SCOPE};
    kept integer := audit_kept_days();
    told record;
    newest record;
    first bigint;
    gone bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('audit chain ' || chain, 0)) THEN
        RETURN -1;
    END IF;
    SELECT e.position, e.sealed_at, (e.facts ->> 'position')::bigint AS place, e.facts ->> 'hash' AS hash INTO told
        FROM {ENTRIES} e WHERE e.tenant_id = chain AND e.event = 'audit.expired' AND e.position IS NOT NULL
        ORDER BY e.position DESC LIMIT 1;
    SELECT e.hash, e.sealed_at INTO newest FROM {ENTRIES} e WHERE e.tenant_id = chain AND e.position = told.place;
    SELECT min(e.position) INTO first FROM {ENTRIES} e WHERE e.tenant_id = chain;
    IF told.place < first THEN
        RETURN 0;  -- it was done before
    ELSIF told.place IS NULL OR told.place >= told.position OR newest.hash IS DISTINCT FROM told.hash THEN
        RAISE EXCEPTION 'no checkpoint says so' USING ERRCODE = 'insufficient_privilege';
    ELSIF told.sealed_at > clock_timestamp() - interval '10 minutes' THEN
        RAISE EXCEPTION 'the checkpoint is not anchored yet' USING ERRCODE = 'insufficient_privilege';
    ELSIF kept IS NULL OR newest.sealed_at > clock_timestamp() - make_interval(days => kept) THEN
        RAISE EXCEPTION 'they are to be kept for longer' USING ERRCODE = 'insufficient_privilege';
    ELSIF EXISTS (SELECT FROM compliance_legalhold h WHERE h.tenant_id = chain AND h.released_at IS NULL) THEN
        RAISE EXCEPTION 'a legal hold is in force' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM {ENTRIES} e WHERE e.tenant_id = chain AND e.position <= told.place;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> told.place - first + 1 THEN
        RAISE EXCEPTION 'the chain has gaps' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN gone;
END
"""  # noqa: S608


def deletes(*, only: str = "") -> str:
    when = f"WHEN (NOT ({only})) " if only else ""
    return (
        f"CREATE TRIGGER audit_deleted BEFORE DELETE ON {ENTRIES} FOR EACH ROW {when}"
        "EXECUTE FUNCTION audit_only_grows()"
    )


def expirer(table: str, *, command: str) -> str:
    return f"CREATE POLICY {EXPIRER} ON {table} FOR {command} TO {LOOKUP_ROLE} USING ({FLOOR})"


class Migration(migrations.Migration):
    """One way for audit entries to go: the oldest, by a function that looks for itself whether they may."""

    dependencies = [("compliance", "0012_refusals")]

    operations = [
        *(
            RunSQL(
                (
                    expirer(table, command="SELECT"),
                    f"GRANT SELECT ({columns}) ON {table} TO {LOOKUP_ROLE}",
                ),
                (f"REVOKE ALL ON {table} FROM {LOOKUP_ROLE}", f"DROP POLICY {EXPIRER} ON {table}"),
            )
            for table, columns in KNOWN.items()
        ),
        RunSQL(f"GRANT {MODES} TO {LOOKUP_ROLE}", f"REVOKE {MODES} FROM {LOOKUP_ROLE}"),
        lookup_function("audit_kept_days()", "integer", KEPT),
        RunSQL(
            (
                expirer(ENTRIES, command="DELETE"),
                "DROP TRIGGER audit_deleted ON compliance_auditentry",
                deletes(only=f"current_user = '{LOOKUP_ROLE}' AND OLD.position IS NOT NULL"),
                f"GRANT DELETE ON {ENTRIES} TO {LOOKUP_ROLE}",
            ),
            (
                f"REVOKE DELETE ON {ENTRIES} FROM {LOOKUP_ROLE}",
                "DROP TRIGGER audit_deleted ON compliance_auditentry",
                deletes(),
                f"DROP POLICY {EXPIRER} ON {ENTRIES}",
            ),
        ),
        lookup_function("expire_audit()", "bigint", EXPIRE, language="plpgsql"),
    ]
