from typing import Final

from django.db import models
from django.db.models.functions import Lower

from tenants.models import Membership, TenantForeignKey, TenantModel

MAX_TEAM_NAME: Final = 40


class Team(TenantModel):
    """Some of an organisation's members, by a name; a conversation can belong to it.

    The name is kept readable, as it is looked for and must be one of its kind; what holds a number that matters is
    refused. Visitors are shown nothing of it.
    """

    name = models.CharField(max_length=MAX_TEAM_NAME)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="Gone, but can be brought back for a while.")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint("tenant", Lower("name"), condition=models.Q(deleted_at=None), name="team_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(TenantModel):
    """That somebody belongs to a team."""

    team = TenantForeignKey(Team, models.CASCADE, related_name="members")
    membership = TenantForeignKey(Membership, models.CASCADE, related_name="+")
    joined_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=("tenant", "team", "membership"), name="team_member_once")]

    def __str__(self) -> str:
        return f"a member since {self.joined_at:%Y-%m-%d}"
