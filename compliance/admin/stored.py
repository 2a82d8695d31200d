"""Operators' pages of the re-scan, of rule sets on trial and of incidents: progress and metadata, one organisation."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from compliance.actions import rule_sets
from compliance.actions.rule_sets import NothingOnTrialError
from compliance.models import Incident, JobRun, RuleSetProposal
from compliance.stored_pages import spoken
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.admin_scope import OfOneOrganisation, chosen_slug
from tenants.models import Tenant
from tenants.permissions import NotPermittedError


def _act(request: HttpRequest) -> dict[str, Any]:
    staff: Any = request.user
    tenant = Tenant.objects.get(slug=chosen_slug(request) or "")
    return {"tenant": tenant, "actor": Actor.operator(staff), "now": clock.now()}


@admin.register(JobRun)
class JobRunAdmin(OfOneOrganisation[JobRun]):
    """Runs of the retention purge, the masking re-scan and counts: how far they are and what they counted."""

    list_display = (
        "started_at", "kind", "state", "note", "progress", "looked_at", "changed", "failed", "counts", "left",
        "finished_at",
    )  # fmt: skip
    ordering = ("-started_at", "-id")
    actions = ("pause", "resume")

    @admin.display(description="Progress")
    def progress(self, run: JobRun) -> str:
        return f"{run.percent} %" if run.total or not run.is_under_way else "-"

    @admin.display(description="Time left")
    def left(self, run: JobRun) -> str:
        return "-" if run.time_left is None else spoken(run.time_left)

    @admin.action(description="Pause the masking re-scan")
    def pause(self, request: HttpRequest, _: QuerySet[JobRun]) -> None:
        self._set_paused(request, paused=True)

    @admin.action(description="Let the masking re-scan go on")
    def resume(self, request: HttpRequest, _: QuerySet[JobRun]) -> None:
        self._set_paused(request, paused=False)

    def _set_paused(self, request: HttpRequest, *, paused: bool) -> None:
        if rule_sets.set_paused(paused=paused, **_act(request)):
            self.message_user(request, "The re-scan is paused." if paused else "The re-scan goes on.")
        else:
            self.message_user(request, "There is no re-scan in that state.", messages.WARNING)


@admin.register(RuleSetProposal)
class RuleSetProposalAdmin(OfOneOrganisation[RuleSetProposal]):
    """Rule sets on trial, with what was counted. Only a release's can be activated here."""

    list_display = ("proposed_at", "origin", "state", "rules", "revision", "would_change", "number", "decided_at")
    ordering = ("-proposed_at", "-id")
    sealed = ("decided",)
    fields = (
        "proposed_at", "origin", "state", "fingerprint", "rules", "revision", "would_change", "number", "by_kind",
        "by_id", "decided_at",
    )  # fmt: skip
    actions = ("activate",)

    @admin.display(description="Would change")
    def would_change(self, proposal: RuleSetProposal) -> str:
        run = proposal.dry_run
        return "-" if run is None else f"{run.changed} of {run.looked_at}"

    @admin.action(description="Mask stored chats by the new release's rules")
    def activate(self, request: HttpRequest, _: QuerySet[RuleSetProposal]) -> None:
        try:
            rule_sets.activate(**_act(request))
        except (NothingOnTrialError, NotPermittedError) as error:
            self.message_user(request, f"Not activated: {type(error).__name__}.", messages.WARNING)
        else:
            self.message_user(request, "Activated: stored chats are scanned by it.")


@admin.register(Incident)
class IncidentAdmin(OfOneOrganisation[Incident]):
    """The register of an organisation: causes, counts and states. What its people wrote is their own."""

    list_display = (
        "opened_at", "reference", "cause", "about", "state", "decision", "kinds", "records", "told_at", "closed_at",
    )  # fmt: skip
    ordering = ("-opened_at", "-id")
    withheld = ("note",)
    fields = (
        "opened_at", "reference", "cause", "about", "state", "decision", "decided_at", "kinds", "records", "seen_at",
        "let_pass_from", "let_pass_to", "found_with", "told_at",
        "acknowledged_at", "acknowledged_by", "closed_at", "closed_by",
    )  # fmt: skip
