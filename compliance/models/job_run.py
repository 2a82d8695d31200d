from django.db import models

from tenants.models import TenantModel


class JobKind(models.TextChoices):
    PURGE = "purge", "Retention purge"
    RESCAN = "rescan", "Masking re-scan"


class JobState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"


class JobRun(TenantModel):
    """One run of a recurring job: how far it came and what it counted. A run cut short is taken up again."""

    kind = models.CharField(max_length=8, choices=JobKind)
    state = models.CharField(max_length=8, choices=JobState, default=JobState.RUNNING)
    rule_set_number = models.PositiveIntegerField(null=True, blank=True)
    cursor = models.UUIDField(null=True, blank=True, help_text="Last row dealt with.")
    cursor_number = models.PositiveIntegerField(
        null=True, blank=True, help_text="Rule set number of the last row dealt with."
    )
    looked_at = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Per kind: how many.")
    started_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "kind"), condition=models.Q(state="running"), name="job_run_one_at_a_time"
            )
        ]
