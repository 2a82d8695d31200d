from django.db import models


class Chained(models.Model):
    """What the sealer adds to an entry, once: its place in the chain, and what binds it to the entry before."""

    position = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    sealed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


def chained(name: str) -> list[models.CheckConstraint]:
    """Return the constraint that an entry is sealed wholly or not at all."""
    waits = models.Q(position=None, hash="", sealed_at=None)
    sealed = models.Q(position__gte=1, hash__regex="^[0-9a-f]{64}$", sealed_at__isnull=False)
    return [models.CheckConstraint(condition=waits | sealed, name=f"{name}_sealed_or_not")]
