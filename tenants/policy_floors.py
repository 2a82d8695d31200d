"""The floors of the modes in the database: what is weaker cannot be stored, whoever writes it.

The function `policy_too_weak()` holds the table's weak values, written into a migration as they are; a test is red
where they are not what `tenants.policy_table` says now, and prints what a new migration has to hold.
"""

from collections.abc import Sequence
from typing import Final

from django.db.migrations import RunSQL

from tenants.policy_table import POLICIES

Weak = tuple[str, str, str]

_REFUSE: Final = """
    CREATE FUNCTION refuse_weak_choice() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
    AS $body$
    BEGIN
        IF EXISTS (
            SELECT FROM policy_too_weak() AS weak JOIN tenants_tenant AS tenant ON tenant.id = NEW.tenant_id
            WHERE weak.key = NEW.key AND weak.value = NEW.value
                AND CASE weak.mode WHEN 'hipaa' THEN tenant.hipaa_state ELSE tenant.pci_state END <> 'off'
        ) THEN
            RAISE EXCEPTION 'a mode holds this setting higher'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_choice_not_below_floor';
        END IF;
        RETURN NEW;
    END
    $body$
"""

_DEFINE: Final = (
    "CREATE OR REPLACE FUNCTION policy_too_weak() RETURNS TABLE (mode text, key text, value text) "
    "LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $body$ VALUES {rows} $body$"
)
_ON_WRITE: Final = (
    "CREATE TRIGGER not_below_floor BEFORE INSERT OR UPDATE OF tenant_id, key, value ON tenants_policychoice "
    "FOR EACH ROW EXECUTE FUNCTION refuse_weak_choice()"
)


def too_weak() -> list[Weak]:
    """Return (mode, key, value) of all that is weaker than a floor, as the policy table is now."""
    return sorted(
        (mode, policy.key, value)
        for policy in POLICIES.values()
        for mode, floor in policy.floors.items()
        for value in policy.values
        if policy.strictness(value) < policy.strictness(floor)
    )


def weak_values(now: Sequence[Weak], *, before: Sequence[Weak] = ()) -> RunSQL:
    """Let the database know which values are too weak: a migration's, each time the table's floors change."""
    return RunSQL(_defined(now), _defined(before) if before else "DROP FUNCTION policy_too_weak()")


def refuse_weak_choices() -> RunSQL:
    """Refuse to store a choice below the floor of a mode that is not off. One made before the mode stays as it is."""
    return RunSQL(
        (
            _REFUSE,
            _ON_WRITE,
        ),
        ("DROP TRIGGER not_below_floor ON tenants_policychoice", "DROP FUNCTION refuse_weak_choice()"),
    )


def _defined(weak: Sequence[Weak]) -> str:
    # Names out of the code, without quotes in them.
    rows = ", ".join(f"('{mode}', '{key}', '{value}')" for mode, key, value in weak)
    return _DEFINE.format(rows=rows)


_KEEP_STATE: Final = """
    CREATE FUNCTION refuse_mode_cut_short() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
    AS $body$
    BEGIN
        IF (NEW.hipaa_state = 'off' AND OLD.hipaa_state NOT IN ('off', 'disabling'))
            OR (NEW.pci_state = 'off' AND OLD.pci_state NOT IN ('off', 'disabling'))
        THEN
            RAISE EXCEPTION 'a mode ends by way of disabling'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'tenant_mode_not_cut_short';
        END IF;
        RETURN NEW;
    END
    $body$
"""
_ON_STATE: Final = (
    "CREATE TRIGGER not_cut_short BEFORE UPDATE OF hipaa_state, pci_state ON tenants_tenant "
    "FOR EACH ROW EXECUTE FUNCTION refuse_mode_cut_short()"
)


def refuse_mode_cut_short() -> RunSQL:
    """Refuse to write that a mode is off that was not being switched off."""
    return RunSQL(
        (_KEEP_STATE, _ON_STATE),
        ("DROP TRIGGER not_cut_short ON tenants_tenant", "DROP FUNCTION refuse_mode_cut_short()"),
    )
