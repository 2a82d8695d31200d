"""What pgrls, a linter and prover of row security, says of our databases; and where it is wrong for us, why.

pgrls looks at one policy at a time in most of its rules, and at the policies together in its proofs.
"""

import contextlib
import io
import json
from collections.abc import Sequence
from typing import Any, Final

from tenants.rls import GLOBAL_TABLES

LOOKED_UP: Final = "hd_lookup reads it before an organisation is known, by its own functions, and cannot sign in"
OF_LOOKUP: Final = {
    f"public.{table}.lookup": LOOKED_UP
    for table in ("chat_inbox", "tenants_membership", "compliance_supportgrant", "compliance_auditentry")
}
# Rule, what it is wrong about here, and why. Whatever else it finds is a failure.
ALLOWED: Final[dict[str, dict[str, str]]] = {
    "SEC001": {f"public.{table}": reason for table, reason in GLOBAL_TABLES.items()},
    "SEC005": OF_LOOKUP,
    "SEC008": OF_LOOKUP,
    "SEC038": OF_LOOKUP,
    "SEC014": {
        "public.inbox_of_widget": "runs as hd_lookup, its search path fixed; gives an inbox's ids for its public key",
        "public.memberships_of": "runs as hd_lookup, with a fixed search path; returns a person's own memberships",
        "public.support_grants": "runs as hd_lookup, its search path fixed; returns an operator's own support access",
        "public.support_messages": "runs as hd_lookup, behind policies of its own: what an owner has granted, no more",
        "public.support_findings": "as support_messages",
        "public.audit_waiting": "runs as hd_lookup, its search path fixed; tells in which chains entries wait",
        "public.audit_heads": "as audit_waiting; tells how long each chain is, and its last hash",
        "public.seal_audit": "as audit_waiting; fills in place and hash of what waits, by itself, and shows nothing",
        "public.seal_operators_audit": "as seal_audit",
        "public.expire_audit": "as seal_audit; removes the first entries of the chain in scope, if they may go",
        "public.audit_kept_days": "as audit_waiting; tells for how long entries of the organisation in scope are kept",
    },
    "PERF003": {
        f"public.compliance_{name}": "looks at the row that is written, and narrows no search"
        for name in ("supportgrant.asked_only", "supportgrant.ended_for_good", "auditentry.sealer")
    },
    "SEC013": {
        f"public.{trigger}": "refuses, and does nothing else"
        for trigger in (
            *(f"compliance_auditentry.audit_{what}" for what in ("added", "changed", "deleted", "emptied")),
            "compliance_retentionpolicy.not_above_mode",
            "tenants_policychoice.not_below_floor",
        )
    },
    "SEC035": {
        "public.chat_inbox (chat_inbox_widget_key_key)": "the key stands on public pages, is random, and is what an "
        "organisation is found by; we choose it, so nobody can try one",
    },
}
# A rule that is wrong wherever it speaks.
OFF: Final[dict[str, str]] = {
    "PERF001": "current_setting() is stable and becomes an index condition; a sub-select costs every statement more",
}
# The tables that are read across organisations cannot be proven, and must not be.
UNPROVEN: Final = {
    "cross-tenant": {
        "public.chat_inbox", "public.tenants_membership", "public.compliance_supportgrant",
        "public.compliance_auditentry",
    }
}  # fmt: skip
MODES: Final = ("anon", "cross-tenant", "write", "reachability", "escalation")


def findings(owner_url: str) -> list[str]:
    """Return what the linter finds in a database, of the severities warning and error, and is not allowed."""
    report = _run(["lint", "--database-url", owner_url, "--format", "json", *_excluded()])
    return [
        f"{one['rule_id']} {one['location']}: {one['title']}"
        for one in report["violations"]
        if one["severity"] in {"error", "warning"} and one["location"] not in ALLOWED.get(one["rule_id"], {})
    ]


def verdicts(owner_url: str, mode: str) -> dict[str, str]:
    """Return each table's verdict by a threat model: ISOLATED, LEAK or UNVERIFIED."""
    report = _run(["verify", "--database-url", owner_url, "--mode", mode, "--format", "json"])
    return {str(one["table"]): str(one["verdict"]).upper() for one in report["tables"]}


def unproven(owner_url: str, modes: Sequence[str] = MODES) -> list[str]:
    """Return the tables that are not proven, but for those that cannot be."""
    return [
        f"{mode}: {table} {verdict}"
        for mode in modes
        for table, verdict in verdicts(owner_url, mode).items()
        if verdict == "LEAK" or (verdict != "ISOLATED" and table not in UNPROVEN.get(mode, ()))
    ]


def _excluded() -> list[str]:
    return [word for rule in OFF for word in ("--exclude-rule", rule)]


def _run(arguments: list[str]) -> dict[str, Any]:
    """Run it in this process: a start of its own takes longer than most of what it is asked."""
    # Not with this module, which every process of a run imports.
    from pgrls.cli import main

    said = io.StringIO()
    # It says by its exit code that there is something to say.
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main(arguments, standalone_mode=False)
    return dict(json.loads(said.getvalue()))
