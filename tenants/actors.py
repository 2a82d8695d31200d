"""Who did it: the argument every action takes and every audit entry keeps."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db.models import TextChoices

from tenants.models import Membership, User


class ActorKind(TextChoices):
    MEMBER = "member", "Member"
    OPERATOR = "operator", "Operator"
    VISITOR = "visitor", "Visitor"
    SYSTEM = "system", "System"


@dataclass(frozen=True, slots=True)
class Actor:
    """A member by the id of the membership, an operator by that of the user, a visitor by that of the session."""

    kind: ActorKind
    id: UUID | None = None

    @classmethod
    def member(cls, membership: Membership) -> Self:
        return cls(ActorKind.MEMBER, membership.id)

    @classmethod
    def operator(cls, user: User) -> Self:
        return cls(ActorKind.OPERATOR, user.id)

    @classmethod
    def visitor(cls, session_id: UUID) -> Self:
        return cls(ActorKind.VISITOR, session_id)

    @classmethod
    def system(cls) -> Self:
        return cls(ActorKind.SYSTEM)
