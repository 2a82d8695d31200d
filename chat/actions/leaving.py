"""A member who is deactivated hands over what they hold."""

from datetime import datetime
from uuid import UUID

from chat.actions.assignment import UnknownAssigneeError, assignable, hand_over
from chat.models import Conversation
from tenants.actions.members import keep_an_owner, locked_member, set_member_active
from tenants.actors import Actor
from tenants.models import Membership


def deactivate_and_hand_over(
    *, membership_id: UUID, successor_id: UUID | None, actor: Membership, now: datetime
) -> tuple[Membership, int]:
    """Deactivate a member and give their open conversations to a colleague, or to their teams and the queue.

    Whether the actor may is seen by `set_member_active`, in the same transaction.

    Returns:
        The member, and how many conversations they held.

    Raises:
        NotPermittedError: The actor may not manage colleagues.
        NoMemberError: There is no such member.
        LastOwnerError: They are the only active owner.
        UnknownAssigneeError, UntrainedAssigneeError: The colleague can't be given conversations.
    """
    member = locked_member(membership_id)
    if member.is_active:
        keep_an_owner(member)
    held = list(Conversation.objects.open().filter(assignee=member).select_for_update(of=("self",)))
    if successor_id is not None:
        if successor_id == membership_id:
            raise UnknownAssigneeError
        successor = assignable(successor_id, now=now)
        for conversation in held:
            hand_over(conversation, successor, Actor.member(actor), now)
    member = set_member_active(membership_id=membership_id, is_active=False, actor=actor, now=now)
    return member, len(held)
