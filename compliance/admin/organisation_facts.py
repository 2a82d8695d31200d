"""What the page of an organisation says to operators: its modes, keys, end, and where its rows are listed."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from compliance import key_inventory, mode_progress, mode_steps
from compliance.mode_pages import steps
from compliance.mode_pages.steps import Step
from compliance.models import ModeSwitch
from helpdesk.core import clock
from tenants import policies
from tenants.actors import ActorKind
from tenants.admin_scope import PARAMETER
from tenants.models import ModeState, Tenant, TenantStatus
from tenants.policy_rows.row import MODES, Mode
from tenants.scoping import tenant_scope

ROWS = (
    ("Members", "tenants_membership"),
    ("Sites of the widget", "tenants_allowedorigin"),
    ("Keys", "keyring_tenantkey"),
    ("Conversations: times and counts", "chat_conversation"),
    ("Audit entries", "compliance_auditentry"),
    ("Support access: asked and granted", "compliance_supportgrant"),
    ("Job runs: progress and counts", "compliance_jobrun"),
    ("Masking rule sets on trial", "compliance_rulesetproposal"),
    ("Incidents: causes, counts and states", "compliance_incident"),
    ("Controls: when each last did its work", "compliance_controlrun"),
    ("Legal holds: on what, and since when", "compliance_legalhold"),
    ("Masking rule sets", "compliance_ruleset"),
    ("Masking: what was chosen, and when", "compliance_maskingrevision"),
)


@dataclass(frozen=True, slots=True)
class ModeLine:
    """A mode as operators see it: where it is, and which steps lead on."""

    name: str
    state: str
    says: str
    steps: list[tuple[str, str]]


def facts_of(tenant: Tenant) -> dict[str, Any]:
    """Return what the page's template is told besides the form."""
    return {"mode_lines": _mode_lines(tenant), "rows": _rows(tenant), **_keys(tenant), **_end(tenant)}


def effects_after(tenant: Tenant, mode: Mode, *, on: bool) -> list[policies.Effective]:
    """What will hold after the switch; the row in hand is a copy and is not saved."""
    preview = Tenant(id=tenant.id, hipaa_state=tenant.hipaa_state, pci_state=tenant.pci_state)
    setattr(preview, f"{mode}_state", ModeState.ON if on else ModeState.OFF)
    return policies.everything_effective(preview)


def _mode_lines(tenant: Tenant) -> list[ModeLine]:
    with tenant_scope(tenant):
        return [_mode_line(tenant, mode) for mode in MODES]


def _mode_line(tenant: Tenant, mode: Mode) -> ModeLine:
    state = mode_steps.state_of(tenant, mode)
    asked, says = mode_steps.asked_off(mode), ""
    begun = mode_steps.open_switch(mode, turns_on=True)
    if state == ModeState.ENABLING and begun is not None:
        says = f"not yet: {mode_progress.progress(begun).percent} %"
    elif state == ModeState.DISABLING and asked is not None:
        ends = f"{asked.due_at:%d %b %Y, %H:%M} UTC" if asked.due_at else ""
        says = f"ends on {ends}" if ends else "waits for another person to agree"
    lead_on = _lead_on(state, asked)
    address = "admin:tenants_tenant_switch_mode"
    return ModeLine(
        MODES[mode], state.label.lower(), says,
        [(steps.title_of(step, mode), reverse(address, args=[tenant.id, mode, step])) for step in lead_on],
    )  # fmt: skip


def _lead_on(state: ModeState, asked: ModeSwitch | None) -> list[Step]:
    if state == ModeState.OFF:
        return ["on"]
    if state != ModeState.DISABLING:
        return ["off"]
    may_agree = asked is not None and asked.approved_at is None and asked.asked_kind != ActorKind.OPERATOR
    return ["keep", "agree"] if may_agree else ["keep"]


def _keys(tenant: Tenant) -> dict[str, Any]:
    """The inventory, each active key with the address that turns it, and what is being turned."""
    now, is_open = clock.now(), tenant.status == TenantStatus.ACTIVE
    return {
        "keys": [
            (line, reverse("admin:tenants_tenant_rotate_key", args=[tenant.id, line.purpose]) if is_open else "")
            for line in key_inventory.keys_of(tenant.id, now=now)
        ],
        "rotations": key_inventory.rotations_of(tenant.id),
    }


def _end(tenant: Tenant) -> dict[str, Any]:
    """Where closing begins, or stops; and where support access is asked for."""
    is_closing = tenant.status == TenantStatus.CLOSING
    name = "admin:tenants_tenant_close" if tenant.status != TenantStatus.CLOSED else ""
    is_open = tenant.status == TenantStatus.ACTIVE
    return {
        "closing_url": reverse(name, args=[tenant.id]) if name else "",
        "is_closing": is_closing,
        "asking_url": reverse("admin:compliance_supportgrant_ask", args=[tenant.id]) if is_open else "",
    }


def _rows(tenant: Tenant) -> list[tuple[str, str]]:
    query = urlencode({PARAMETER: tenant.slug})
    return [(label, f"{reverse(f'admin:{name}_changelist')}?{query}") for label, name in ROWS]
