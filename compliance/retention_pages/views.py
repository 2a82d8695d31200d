"""How long records are kept, what would go, and what the nightly runs did."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compliance import retention, selectors, trail_standing
from compliance.actions.retention import ModeWantsSpanError, set_policy
from compliance.actions.trail_retention import keep_trail
from compliance.forms import TRAIL, RetentionForm
from compliance.models import IN_FORCE, JobKind, LegalHold, RecordClass
from compliance.nightly import next_purge
from compliance.retention_rehearsal import Night, rehearse_nights
from compliance.retention_table import KEPT, RETENTION
from helpdesk.core import clock
from tenants.actions.policies import BelowFloorError
from tenants.actors import Actor
from tenants.http import MemberRequest, member_required
from tenants.permissions import may
from tenants.policy_rows.row import MODES
from tenants.roles import Capability


@require_safe
@member_required(Capability.MANAGE_RETENTION)
def retention_page(request: MemberRequest) -> HttpResponse:
    """Show what is kept for how long, and what the last runs did."""
    return _page(request, _form(request))


@require_POST
@member_required(Capability.MANAGE_RETENTION)
def set_retention(request: MemberRequest) -> HttpResponse:
    """Decide it; or, as the step `look`, show what would go by what was typed, and change nothing."""
    form = _form(request, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    if request.POST.get("step") == "look":
        nights = rehearse_nights(request.tenant, now=clock.now(), wanted=form.wanted(), trail=form.wanted_of_trail())
        return _page(request, form, nights)
    now = clock.now()
    try:
        _save(request, form, now)
    except BelowFloorError:
        messages.error(request, "Not all of it was saved: a mode that is on wants the audit trail to be kept longer.")
    except ModeWantsSpanError as wants:
        # A mode was switched on meanwhile.
        messages.error(request, f"Not all of it was saved: {wants}")
    else:
        messages.success(request, f"Saved. The run of {next_purge(now):%-d %B, %H:%M} UTC goes by it.")
    return redirect("compliance:retention_page", slug=request.tenant.slug)


def _save(request: MemberRequest, form: RetentionForm, now: datetime) -> None:
    wanted = form.wanted()
    for record_class in RETENTION:
        if record_class.value in form.changed_data:
            set_policy(
                tenant=request.tenant, record_class=record_class, keep_days=wanted.get(record_class),
                actor=Actor.member(request.membership), now=now,
            )  # fmt: skip
    if (value := form.wanted_of_trail()) is not None:
        keep_trail(kept=value, actor=request.membership, now=now)


def _form(request: MemberRequest, posted: Any = None) -> RetentionForm:
    initial = {record_class.value: days for record_class, days in retention.chosen().items()}
    return RetentionForm(posted, tenant=request.tenant, initial=initial)


def _page(
    request: MemberRequest, form: RetentionForm, nights: list[Night] | None = None, *, status: int = 200
) -> HttpResponse:
    now = clock.now()
    kept = retention.everything_kept(request.tenant)
    context = {
        "organisation": request.tenant,
        "membership": request.membership,
        "section": "settings",
        "form": form,
        "classes": [
            (one, RecordClass(one.rule.record_class).label, form[one.rule.record_class.value],
             [MODES[mode] for mode in one.held_by])
            for one in kept
        ],
        "kept": KEPT,
        "trail": trail_standing.standing(request.tenant, now=now),
        "trail_field": form[TRAIL],
        "nights": nights,
        "next_at": next_purge(now),
        "purges": selectors.latest_runs(JobKind.PURGE, 10),
        "holds": LegalHold.objects.filter(IN_FORCE).count(),
        "may_hold": may(request.membership, Capability.PLACE_HOLDS),
        "backup_days": settings.BACKUP_KEEP_DAYS,
        "gone_from_backups": next_purge(now) + timedelta(days=settings.BACKUP_KEEP_DAYS),
    }  # fmt: skip
    return render(request, "compliance/retention.html", context, status=status)
