"""The second and third fence, as migration operations: row security and composite foreign keys.

Every table with a tenant column gets, in a migration that follows its creation, one `protect()`. Tables
without one are named in GLOBAL_TABLES with the reason.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from django.db.migrations import RunSQL

APP_ROLE: Final = "hd_app"
OWNER_ROLE: Final = "hd_owner"
LOOKUP_ROLE: Final = "hd_lookup"
OPERATOR_ROLE: Final = "hd_operator"

READ_WRITE: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")
APPEND_ONLY: Final = ("SELECT", "INSERT")

GLOBAL_TABLES: Final[Mapping[str, str]] = {
    "tenants_tenant": "the directory of organisations; holds no one's words",
    "tenants_user": "a person may belong to several organisations",
    "tenants_usedpassword": "a person's former passwords, as hashes; a person may belong to several organisations",
    "tenants_emailchange": "a person's address is theirs in every organisation",
    "tenants_sealedtotpdevice": "a second factor belongs to a person; its seed is sealed",
    "tenants_passkey": "as the former; public halves of keys",
    "tenants_backupcodes": "as the former; keyed hashes",
    "django_otp_webauthn_webauthncredential": "required by django-otp-webauthn; unused, passkeys have a table of ours",
    "django_otp_webauthn_webauthnattestation": "as the former; unused, attestation is not asked for",
    "django_otp_webauthn_webauthnuserhandle": "as the former; unused, the handle is the person's id",
    "compliance_operatorentry": "what operators did, in whichever organisation: ids and states, only added to",
    "compliance_subprocessor": "companies that work for the service: the same list for everybody",
    "compliance_servicecontrol": "when what runs for all organisations at once last did its work",
    "compliance_restoredrill": "when a backup of the whole service was restored on trial, and what was found: counts",
    "compliance_anchorkey": "keys of the service that sign anchors of all chains; their seeds are wrapped",
    "compliance_operatorreset": "whose factors among our staff are to be taken away, and who agreed",
    "tenants_staffsession": "a person's sign-in, made before an organisation is chosen; its key is a hash",
    "tenants_seenaddress": "from where a person was active in the last day, whatever organisation they looked at",
    "django_session": "a session belongs to a person and is made before an organisation is chosen",
    "django_content_type": "Django's list of models",
    "django_migrations": "Django's list of migrations",
    "django_admin_log": "required by Django's admin; nothing is written to it, operators' acts are audited",
    "auth_permission": "required by Django's admin; unused",
    "auth_group": "required by Django's admin; unused",
    "auth_group_permissions": "required by Django's admin; unused",
    "axes_accessattempt": "failed sign-ins come before an organisation is known",
    "axes_accessattemptexpiration": "when such an attempt stops to count",
    "axes_accessfailurelog": "as the attempts; unused",
    "axes_accesslog": "required by axes; unused",
}

# No second argument to current_setting(): forgetting the tenant is an error, not an empty list.
FLOOR: Final = "tenant_id = current_setting('app.tenant')::uuid"
# What lets a role in says the tenant too: PostgreSQL takes the same condition once, so it costs nothing, and whoever
# looks at one policy by itself, as pgrls does, sees a tenant's rows only.
LETTING_IN: Final = ("app", "owner", "operator")
# By which the lookup role seals audit entries, of the tenant in scope like everyone.
SEALER: Final = "sealer"
# By which it looks whether the oldest may go, and removes them: a tenant's in scope as well.
EXPIRER: Final = "expirer"
# Read across tenants by the two lookup functions alone; their owner cannot log in.
LOOKED_UP_FLOOR: Final = f"CASE WHEN current_user = '{LOOKUP_ROLE}' THEN true ELSE {FLOOR} END"

# What an operator reads as the lookup role: of an organisation one of whose owners has let in whoever `app.operator`
# names. A policy `granted` restricts to it, beside the floor, what one called `support` lets in. The owner of the
# tables, a member of that role, is not meant.
_LET_IN: Final = (
    "SELECT support.tenant_id FROM support_grants(current_setting('app.operator')::uuid) AS support "
    "WHERE support.is_live"
)
GRANTED: Final = f"CASE WHEN current_user = '{LOOKUP_ROLE}' THEN tenant_id IN ({_LET_IN}) ELSE true END"


def protect(
    table: str,
    *,
    references: Mapping[str, str] | None = None,
    grants: Sequence[str] = READ_WRITE,
    looked_up: bool = False,
) -> RunSQL:
    """Fence a tenant table: forced row security, policies, grants, composite foreign keys.

    Args:
        table: A table with `id` and `tenant_id`.
        references: Column to the tenant table it points to; each becomes a foreign key on (tenant_id, column),
            since a plain one accepts another tenant's row: referential checks bypass row security.
        grants: What the application role may do.
        looked_up: Whether the lookup role may read it before a tenant is known.
    """
    floor = LOOKED_UP_FLOOR if looked_up else FLOOR
    forward = [
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_tenant_id_key UNIQUE (tenant_id, id)",
        *chain.from_iterable(_add_reference(table, *pair) for pair in (references or {}).items()),
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY app ON {table} TO {APP_ROLE} USING ({FLOOR}) WITH CHECK ({FLOOR})",
        f"CREATE POLICY owner ON {table} TO {OWNER_ROLE} USING ({FLOOR}) WITH CHECK ({FLOOR})",
        f"CREATE POLICY floor ON {table} AS RESTRICTIVE USING ({floor}) WITH CHECK ({floor})",
        f"GRANT {', '.join(grants)} ON {table} TO {APP_ROLE}",
    ]
    backward = [
        f"REVOKE ALL ON {table} FROM {APP_ROLE}",
        *(f"DROP POLICY {name} ON {table}" for name in ("floor", "owner", "app")),
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        *(f"ALTER TABLE {table} DROP CONSTRAINT {_reference(table, column)}" for column in references or {}),
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_tenant_id_key CASCADE",
    ]
    if looked_up:
        forward += [
            f"CREATE POLICY lookup ON {table} FOR SELECT TO {LOOKUP_ROLE} USING (true)",
            f"GRANT SELECT ON {table} TO {LOOKUP_ROLE}",
        ]
        backward = [
            f"REVOKE ALL ON {table} FROM {LOOKUP_ROLE}",
            f"DROP POLICY lookup ON {table}",
            *backward,
        ]
    return RunSQL((*forward,), (*backward,))


def refer(table: str, column: str, target: str) -> RunSQL:
    """Let a column that a fenced table has gained point to rows of the same organisation alone."""
    # The rows that are there are looked at as the owner, whom the table's own row security would stop as well.
    unforced, forced = (f"ALTER TABLE {table} {how} ROW LEVEL SECURITY" for how in ("NO FORCE", "FORCE"))
    back = f"ALTER TABLE {table} DROP CONSTRAINT {_reference(table, column)}"
    return RunSQL((unforced, *_add_reference(table, column, target), forced), back)


def grant(table: str, *privileges: str) -> RunSQL:
    """Grant the application role what it needs on a table without a tenant."""
    wanted = ", ".join(privileges or READ_WRITE)
    return RunSQL(f"GRANT {wanted} ON {table} TO {APP_ROLE}", f"REVOKE ALL ON {table} FROM {APP_ROLE}")


def let_operator(table: str, *, fenced: bool = True, **privileges: Sequence[str]) -> RunSQL:
    """Let the operators' role do something with a table, and with the named columns only.

    Args:
        table: The table.
        fenced: Whether it belongs to organisations: then the role gets a permissive policy, above which the floor
            stands as for everyone, so that it sees one organisation at a time.
        privileges: `select`, `insert`, `update` with their columns, `delete=()`. What no column is named for holds
            for the whole table; name them wherever one of the table's columns is none of an operator's business.
    """
    wanted = [
        f"{privilege.upper()} ({', '.join(columns)})" if columns else privilege.upper()
        for privilege, columns in privileges.items()
    ]
    forward = [f"GRANT {', '.join(wanted)} ON {table} TO {OPERATOR_ROLE}"]
    backward = [f"REVOKE ALL ON {table} FROM {OPERATOR_ROLE}"]
    if fenced:
        forward.append(f"CREATE POLICY operator ON {table} TO {OPERATOR_ROLE} USING ({FLOOR}) WITH CHECK ({FLOOR})")
        backward.append(f"DROP POLICY operator ON {table}")
    return RunSQL((*forward,), (*backward,))


def let_support(table: str, *columns: str) -> RunSQL:
    """Let the lookup role read columns of a table for an operator who was let in, and of that organisation alone."""
    forward = [
        f"GRANT SELECT ({', '.join(columns)}) ON {table} TO {LOOKUP_ROLE}",
        f"CREATE POLICY support ON {table} FOR SELECT TO {LOOKUP_ROLE} USING ({FLOOR})",
        f"CREATE POLICY granted ON {table} AS RESTRICTIVE FOR SELECT TO {LOOKUP_ROLE} USING ({GRANTED})",
    ]
    backward = [f"DROP POLICY {policy} ON {table}" for policy in ("granted", "support")]
    return RunSQL((*forward,), (*backward, f"REVOKE ALL ON {table} FROM {LOOKUP_ROLE}"))


def let_operator_call(function: str) -> RunSQL:
    """Let the operators' role call one of the functions that look across organisations."""
    return RunSQL(
        f"GRANT EXECUTE ON FUNCTION {function} TO {OPERATOR_ROLE}",
        f"REVOKE EXECUTE ON FUNCTION {function} FROM {OPERATOR_ROLE}",
    )


def lookup_function(signature: str, returns: str, body: str, *, language: str = "sql STABLE") -> RunSQL:
    """Define one of the functions that read across tenants before a tenant is known, or seal the audit trail.

    It runs as the lookup role, which can read the looked-up tables, fill in an audit entry's seal and nothing else,
    with a fixed search path.
    """
    create = (
        f"CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE {language} SECURITY DEFINER "
        f"SET search_path = pg_catalog, public, pg_temp AS $body${body}$body$"
    )
    forward = [
        create,
        f"GRANT CREATE ON SCHEMA public TO {LOOKUP_ROLE}",
        f"ALTER FUNCTION {signature} OWNER TO {LOOKUP_ROLE}",
        f"REVOKE CREATE ON SCHEMA public FROM {LOOKUP_ROLE}",
        f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {signature} TO {APP_ROLE}",
    ]
    return RunSQL((*forward,), f"DROP FUNCTION {signature}")


def operators_function(signature: str, returns: str, body: str) -> RunSQL:
    """Define a function by which operators read what their own role may not: as the lookup role, behind `granted`."""
    named = signature.partition("(")[0]
    created = lookup_function(signature, returns, body)
    forward = [
        *created.sql[:-1],  # all but the application's grant
        f"GRANT EXECUTE ON FUNCTION {named} TO {OPERATOR_ROLE}",
    ]
    return RunSQL((*forward,), f"DROP FUNCTION {named}")


def _reference(table: str, column: str) -> str:
    return f"{table}_{column}_same_tenant"


def _add_reference(table: str, column: str, target: str) -> tuple[str, str, str]:
    # PostgreSQL checks existing rows by a query as the owner, whom forced row security would stop.
    add = (
        f"ALTER TABLE {table} ADD CONSTRAINT {_reference(table, column)} "
        f"FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id) DEFERRABLE INITIALLY DEFERRED"
    )
    return (
        f"ALTER TABLE {target} NO FORCE ROW LEVEL SECURITY",
        add,
        f"ALTER TABLE {target} FORCE ROW LEVEL SECURITY",
    )
