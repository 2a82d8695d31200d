from django.contrib import admin

from compliance.models import AuditEntry, JobRun, RuleSet
from tenants.admin_scope import OfOneOrganisation


@admin.register(AuditEntry)
class AuditEntryAdmin(OfOneOrganisation[AuditEntry]):
    """What was done and read: names of events, ids and counts."""

    list_display = ("at", "event", "actor_kind", "actor_id", "object_kind", "object_id", "facts")
    ordering = ("-at", "-id")


@admin.register(JobRun)
class JobRunAdmin(OfOneOrganisation[JobRun]):
    """Runs of the retention purge and the masking re-scan, with what they counted."""

    list_display = ("started_at", "kind", "state", "looked_at", "changed", "counts", "finished_at")
    ordering = ("-started_at", "-id")


@admin.register(RuleSet)
class RuleSetAdmin(OfOneOrganisation[RuleSet]):
    """The masking rules that were in force, by number."""

    list_display = ("number", "profile", "fingerprint", "created_at")
    ordering = ("-number",)
