"""What Hushdesk does with an organisation's chats, shown to the organisation, and what it may decide about it."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from compliance import masking_policies, mode_steps, retention, selectors
from compliance.exports import PlaintextExportRefusedError, export_conversations, require_plaintext_export
from compliance.models import JobKind, RecordClass
from helpdesk.core import clock
from tenants import policies
from tenants.http import MemberRequest, member_required
from tenants.models import ModeState, Tenant
from tenants.permissions import may
from tenants.policy_rows.row import MODES, Mode
from tenants.roles import Capability


@require_safe
@member_required()
def privacy(request: MemberRequest) -> HttpResponse:
    """Show modes, retention, what the jobs did, and the audit trail."""
    return _page(request)


@require_POST
@member_required(Capability.EXPORT_CONVERSATIONS, while_closing=True)
def export(request: MemberRequest) -> HttpResponse:
    """Hand over the conversations as readable JSON; a mode may refuse it."""
    try:
        exported = export_conversations(membership=request.membership, now=clock.now())
    except PlaintextExportRefusedError as refused:
        messages.error(request, f"Not exported: {refused} does not let conversations leave as readable text.")
        return _page(request, status=403)
    contents = {
        "organisation": request.tenant.slug,
        "complete": exported.is_complete,
        "total": exported.total,
        "conversations": exported.conversations,
    }
    response = HttpResponse(json.dumps(contents, default=str, indent=1), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{request.tenant.slug}-conversations.json"'
    return response


def _page(request: MemberRequest, *, status: int = 200) -> HttpResponse:
    tenant, membership = request.tenant, request.membership
    reads_audit = may(membership, Capability.READ_AUDIT)
    context: dict[str, Any] = {
        "organisation": tenant,
        "membership": membership,
        "section": "settings",
        "modes": [_mode_badge(tenant, mode) for mode in MODES],
        "effects": policies.everything_effective(tenant),
        "own_masking": masking_policies.latest(),
        "keep_days": retention.keep_days(RecordClass.CONVERSATION),
        "may_set_retention": may(membership, Capability.MANAGE_RETENTION),
        "may_export": may(membership, Capability.EXPORT_CONVERSATIONS),
        "export_refused": _export_refused(request),
        "purges": selectors.latest_runs(JobKind.PURGE),
        "rescans": selectors.latest_runs(JobKind.RESCAN),
        "audit_trail": selectors.audit_trail() if reads_audit else None,
    }
    return render(request, "compliance/privacy.html", context, status=status)


def _mode_badge(tenant: Tenant, mode: Mode) -> tuple[str, str, str]:
    """Return label, tone and icon."""
    state = mode_steps.state_of(tenant, mode)
    badges = {ModeState.ON: ("success", "shield-check"), ModeState.OFF: ("", "")}
    tone, icon = badges.get(state, ("warning", "hourglass"))
    return f"{MODES[mode]} {state.label.lower()}", tone, icon


def _export_refused(request: MemberRequest) -> str:
    """Name the modes that refuse an export, or nothing."""
    try:
        require_plaintext_export(request.tenant)
    except PlaintextExportRefusedError as refused:
        return str(refused)
    return ""
