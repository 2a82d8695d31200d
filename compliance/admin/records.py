from django.contrib import admin

from compliance.models import AuditEntry, LegalHold, MaskingRevision, RuleSet
from tenants.admin_scope import OfOneOrganisation


@admin.register(AuditEntry)
class AuditEntryAdmin(OfOneOrganisation[AuditEntry]):
    """What was done and read: names of events, ids and counts."""

    list_display = ("at", "event", "actor_kind", "actor_id", "object_kind", "object_id", "facts")
    ordering = ("-at", "-id")


@admin.register(RuleSet)
class RuleSetAdmin(OfOneOrganisation[RuleSet]):
    """The masking rules that were in force, by number."""

    list_display = ("number", "profile", "rules", "revision", "fingerprint", "created_at")
    ordering = ("-number",)


@admin.register(MaskingRevision)
class MaskingRevisionAdmin(OfOneOrganisation[MaskingRevision]):
    """What an organisation has chosen to mask, and when; of its own patterns only how many."""

    list_display = ("number", "created_at", "actor_kind", "actor_id", "own_rules", "own_ids", "restores")
    ordering = ("-number",)
    sealed = ("rules", "exempt")
    fields = (
        "number", "created_at", "actor_kind", "actor_id", "levels", "regions_off", "own_rules", "own_ids", "restores",
    )  # fmt: skip

    @admin.display(description="Own rules")
    def own_rules(self, revision: MaskingRevision) -> int:
        return len(revision.rules)

    @admin.display(description="Exempt patterns")
    def own_ids(self, revision: MaskingRevision) -> int:
        return len(revision.exempt)


@admin.register(LegalHold)
class LegalHoldAdmin(OfOneOrganisation[LegalHold]):
    """What an organisation keeps from every disposal; why is its own affair."""

    list_display = ("placed_at", "kind", "target_id", "query", "release_asked_at", "released_at")
    ordering = ("-placed_at", "-id")
    withheld = ("reason",)
    fields = ("kind", "target_id", "query", "placed_at", "release_asked_at", "released_at")
