from typing import Final

from django.db import models

from compliance.models.job_run import JobRun
from tenants.actors import ActorKind
from tenants.models import TenantForeignKey, TenantModel


class ProposalOrigin(models.TextChoices):
    """What made the rules different."""

    RELEASE = "release", "New release of Hushdesk"
    POLICY = "policy", "Change of your policy"


class ProposalState(models.TextChoices):
    COUNTING = "counting", "Counting"
    COUNTED = "counted", "Counted"
    SHADOW = "shadow", "Counting on live chats"
    ACTIVE = "active", "Activated"
    DROPPED = "dropped", "Dropped"


#: Not decided yet: an organisation has one such at most.
OPEN: Final = (ProposalState.COUNTING, ProposalState.COUNTED, ProposalState.SHADOW)


class RuleSetProposal(TenantModel):
    """A rule set on trial: counted on stored and live texts, and then activated or dropped."""

    origin = models.CharField(max_length=8, choices=ProposalOrigin)
    state = models.CharField(max_length=8, choices=ProposalState, default=ProposalState.COUNTING)
    fingerprint = models.CharField(max_length=64, help_text="Hash of rules, detectors and policy.")
    rules = models.CharField(max_length=64, help_text="Id and hash of the rules of the release.")
    revision = models.PositiveIntegerField(help_text="Of the organisation's policy.")
    decided = models.JSONField(default=dict, help_text="What the proposed policy decides; empty for a release.")
    number = models.PositiveIntegerField(null=True, blank=True, help_text="Of the rule set, once it has one.")
    dry_run = TenantForeignKey(JobRun, models.PROTECT, null=True, blank=True, related_name="+")
    shadow_run = TenantForeignKey(JobRun, models.PROTECT, null=True, blank=True, related_name="+")
    by_kind = models.CharField(max_length=8, choices=ActorKind)
    by_id = models.UUIDField(null=True, blank=True)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant",),
                condition=models.Q(state__in=("counting", "counted", "shadow")),
                name="rule_set_proposal_one_open",
            )
        ]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN
