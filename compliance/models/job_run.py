from datetime import timedelta
from typing import Final

from django.db import models

from tenants.models import TenantModel


class JobKind(models.TextChoices):
    PURGE = "purge", "Retention purge"
    RESCAN = "rescan", "Masking re-scan"
    DRY_RUN = "dryrun", "Dry run of masking rules"
    SHADOW = "shadow", "Shadow count of masking rules"


class JobState(models.TextChoices):
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"


class JobNote(models.TextChoices):
    """Why a run does not move."""

    KEYS = "keys", "Waiting for the key provider"


#: A run that is not over: of each kind an organisation has one at most.
UNDER_WAY: Final = (JobState.RUNNING, JobState.PAUSED)


class JobRun(TenantModel):
    """One run of a recurring job: how far it came and what it counted. A run cut short is taken up again."""

    kind = models.CharField(max_length=8, choices=JobKind)
    state = models.CharField(max_length=8, choices=JobState, default=JobState.RUNNING)
    note = models.CharField(max_length=8, choices=JobNote, blank=True, default="", db_default="")
    rule_set_number = models.PositiveIntegerField(null=True, blank=True)
    cursor_store = models.CharField(max_length=40, blank=True, default="", db_default="", help_text="Whose rows.")
    cursor = models.UUIDField(null=True, blank=True, help_text="Last row, or conversation, dealt with.")
    cursor_number = models.PositiveIntegerField(
        null=True, blank=True, help_text="Sequence of the last message dealt with."
    )
    passes = models.PositiveSmallIntegerField(default=1, db_default=1, help_text="What fails is tried again.")
    total = models.PositiveIntegerField(default=0, db_default=0, help_text="How many texts there were to look at.")
    looked_at = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0, db_default=0, help_text="The masker could not finish them.")
    counts = models.JSONField(default=dict, help_text="Per kind: how many.")
    worked_ms = models.PositiveBigIntegerField(default=0, db_default=0, help_text="Pauses for live chats included.")
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "kind"),
                condition=models.Q(state__in=("running", "paused")),
                name="job_run_one_at_a_time",
            )
        ]
        indexes = [models.Index(fields=["tenant", "kind", "-started_at"], name="job_run_recent")]

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def percent(self) -> int:
        """How far it is. A run under way has never done all of it."""
        if self.state == JobState.DONE:
            return 100
        return min(99, 100 * self.looked_at // self.total) if self.total else 0

    @property
    def time_left(self) -> timedelta | None:
        """How long the rest takes at the pace so far; None while that cannot be told."""
        if self.state != JobState.RUNNING or not self.looked_at or not self.worked_ms:
            return None
        rest = max(0, self.total - self.looked_at)
        return timedelta(milliseconds=self.worked_ms / self.looked_at * rest)
