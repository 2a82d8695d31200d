from typing import Final

from django.db import migrations
from django.db.migrations import RunSQL

from tenants.rls import FLOOR, LOOKUP_ROLE, SEALER, lookup_function

ENTRIES: Final = "compliance_auditentry"
TRAIL: Final = "compliance_operatorentry"
NOBODYS: Final = "00000000-0000-0000-0000-000000000000"
# The encoding of an entry, version 1: as `compliance.verifier.entries.digest`, and told in docs/audit.md.
OPTIONAL: Final = "CASE WHEN {0} IS NULL THEN '\\x00'::bytea ELSE '\\x01'::bytea || uuid_send({0}) END".format
TEXT: Final = "int4send(octet_length(convert_to({0}, 'UTF8'))) || convert_to({0}, 'UTF8')".format
MICROS: Final = "int8send((extract(epoch FROM {0}) * 1000000)::bigint)".format
DIGEST: Final = f"""
CREATE FUNCTION audit_digest(
    prior bytea, chain uuid, place bigint, entry uuid, sealed timestamptz, happened timestamptz, event text,
    actor_kind text, actor uuid, organisation uuid, object_kind text, object uuid, facts text
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $body$
SELECT sha256(
    '\\x01'::bytea || prior || uuid_send(chain) || int8send(place) || uuid_send(entry) || {MICROS("sealed")}
    || {MICROS("happened")} || {TEXT("event")} || {TEXT("actor_kind")} || {OPTIONAL("actor")}
    || {OPTIONAL("organisation")} || {TEXT("object_kind")} || {OPTIONAL("object")} || {TEXT("facts")}
)
$body$
"""
# With or without the mark by which a context is signed.
SCOPE: Final = "split_part(current_setting('app.tenant'), '.', 1)::uuid"
# Entries that are committed, in the order in which they were made: one that is committed late has not been passed over,
# it comes next. The lock lets one sealer at a time into a chain; whoever finds it taken leaves. Returns how many were
# sealed, or -1. `sealed_at` never goes back, whatever the clock does.
SEAL: Final = """
DECLARE
    chain uuid := {chain};
    entry record;
    place bigint;
    prior bytea;
    sealed timestamptz;
    ids uuid[];
    places bigint[];
    hashes text[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('audit chain ' || chain, 0)) THEN
        RETURN -1;
    END IF;
    SELECT e.position, decode(e.hash, 'hex'), e.sealed_at INTO place, prior, sealed FROM {table} e
        WHERE {own} e.position IS NOT NULL ORDER BY e.position DESC LIMIT 1;
    place := coalesce(place, 0);
    prior := coalesce(prior, sha256(convert_to('hushdesk audit chain 1 ', 'UTF8') || uuid_send(chain)));
    sealed := greatest(clock_timestamp(), sealed);
    FOR entry IN SELECT * FROM {table} e WHERE {own} e.position IS NULL ORDER BY e.id LIMIT most LOOP
        place := place + 1;
        prior := audit_digest(
            prior, chain, place, entry.id, sealed, entry.at, entry.event, {who}, entry.object_kind, entry.object_id,
            entry.facts::text
        );
        ids := ids || entry.id;
        places := places || place;
        hashes := hashes || encode(prior, 'hex');
    END LOOP;
    UPDATE {table} e SET position = s.position, hash = s.hash, sealed_at = sealed
        FROM unnest(ids, places, hashes) AS s (id, position, hash) WHERE {own} e.id = s.id;
    RETURN coalesce(cardinality(ids), 0);
END
"""
WAITING: Final = f"""
SELECT e.tenant_id, min(e.at) FROM {ENTRIES} e WHERE e.position IS NULL GROUP BY 1
UNION ALL SELECT '{NOBODYS}'::uuid, min(o.at) FROM {TRAIL} o WHERE o.position IS NULL HAVING count(*) > 0
"""  # noqa: S608
HEADS: Final = f"""
SELECT t.id, head.position, head.hash FROM tenants_tenant t CROSS JOIN LATERAL (
    SELECT e.position, e.hash FROM {ENTRIES} e
    WHERE e.tenant_id = t.id AND e.position IS NOT NULL ORDER BY e.position DESC LIMIT 1
) AS head
UNION ALL (
    SELECT '{NOBODYS}'::uuid, o.position, o.hash FROM {TRAIL} o
    WHERE o.position IS NOT NULL ORDER BY o.position DESC LIMIT 1
)
"""  # noqa: S608
# Not for the owner of the tables either: grants do not hold for whoever may grant.
REFUSE: Final = """
CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION 'the audit trail is only added to' USING ERRCODE = 'insufficient_privilege';
END
$body$
"""
UNSEALED: Final = "{0}.position IS NULL AND {0}.hash = '' AND {0}.sealed_at IS NULL".format


def only_grows(table: str) -> RunSQL:
    """Let nobody change, delete or empty a trail, add what is sealed already, or seal twice."""
    refuse = "EXECUTE FUNCTION audit_only_grows()"
    sealing = f"current_user = '{LOOKUP_ROLE}' AND {UNSEALED('OLD')} AND NEW.position IS NOT NULL"
    forward = (
        f"CREATE TRIGGER audit_added BEFORE INSERT ON {table} FOR EACH ROW WHEN (NOT ({UNSEALED('NEW')})) {refuse}",
        f"CREATE TRIGGER audit_changed BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NOT ({sealing})) {refuse}",
        f"CREATE TRIGGER audit_deleted BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER audit_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
        # Beside the trigger: of all columns the sealer may fill in these three, and of an entry that waits.
        f"GRANT UPDATE (position, hash, sealed_at) ON {table} TO {LOOKUP_ROLE}",
    )
    backward = [f"DROP TRIGGER audit_{name} ON {table}" for name in ("emptied", "deleted", "changed", "added")]
    return RunSQL(forward, (*backward, f"REVOKE UPDATE (position, hash, sealed_at) ON {table} FROM {LOOKUP_ROLE}"))


class Migration(migrations.Migration):
    """Seal the audit trail in the database, by functions that the application can call and not imitate."""

    dependencies = [("compliance", "0010_support")]

    operations = [
        RunSQL(
            f"CREATE POLICY {SEALER} ON {ENTRIES} FOR UPDATE TO {LOOKUP_ROLE} USING ({FLOOR}) WITH CHECK ({FLOOR})",
            f"DROP POLICY {SEALER} ON {ENTRIES}",
        ),
        RunSQL(f"GRANT SELECT ON {TRAIL} TO {LOOKUP_ROLE}", f"REVOKE ALL ON {TRAIL} FROM {LOOKUP_ROLE}"),
        RunSQL(REFUSE, "DROP FUNCTION audit_only_grows()"),
        only_grows(ENTRIES),
        only_grows(TRAIL),
        RunSQL(DIGEST, "DROP FUNCTION audit_digest"),
        RunSQL(
            f"GRANT EXECUTE ON FUNCTION audit_digest TO {LOOKUP_ROLE}",
            f"REVOKE EXECUTE ON FUNCTION audit_digest FROM {LOOKUP_ROLE}",
        ),
        lookup_function(
            "seal_audit(most integer)",
            "integer",
            SEAL.format(
                table=ENTRIES,
                chain=SCOPE,
                own="e.tenant_id = chain AND",
                who="entry.actor_kind, entry.actor_id, NULL",
            ),
            language="plpgsql",
        ),
        lookup_function(
            "seal_operators_audit(most integer)",
            "integer",
            SEAL.format(
                table=TRAIL,
                chain=f"'{NOBODYS}'",
                own="",
                who="CASE WHEN entry.operator_id IS NULL THEN 'system' ELSE 'operator' END, entry.operator_id, "
                "entry.organisation_id",
            ),
            language="plpgsql",
        ),
        lookup_function("audit_waiting()", "TABLE (chain uuid, since timestamptz)", WAITING),
        lookup_function("audit_heads()", "TABLE (chain uuid, place bigint, hash text)", HEADS),
    ]
