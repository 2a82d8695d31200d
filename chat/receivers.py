"""What chat does when an organisation is opened (it gets a first inbox) and when its members change, in the same
transaction."""

import secrets
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.dispatch import receiver

from chat import broadcast, teams
from chat.actions import form_endings, proof_endings
from chat.actions.assignment import hand_over
from chat.actions.teams import leave_all
from chat.models import Conversation, Inbox
from compliance.audit_events import (
    MEMBER_CHANGED,
    MEMBER_INVITED,
    MEMBER_JOINED,
    MEMBER_MOVED,
    MEMBER_SIGNED_IN,
    NOTICE_PUBLISHED,
    NOTICE_SETTING_CHANGED,
    TENANT_OPENED,
)
from tenants.actors import Actor
from tenants.models import AddressRule, Membership, PolicyChoice, StaffDevice, Tenant, User
from tenants.operator_role import as_themselves, is_operators
from tenants.permissions import may
from tenants.policy_names import CONSENT, IDENTITY
from tenants.roles import Capability
from tenants.scoping import current_tenant_id, tenant_scope
from tenants.signals import changed

# They take nothing from anybody.
WITHOUT_A_WORD: Final = frozenset({MEMBER_SIGNED_IN, MEMBER_INVITED, MEMBER_JOINED})
# What of theirs may have changed who may read what.
RIGHTS: Final = (AddressRule, Membership, PolicyChoice, StaffDevice, User)
GREETING: Final = "Hello! How can we help?"


@receiver(changed, dispatch_uid="chat.first_inbox")
def give_first_inbox(sender: Any, *, event: str, subject: Any, at: Any, **_: Any) -> None:
    """Make the inbox whose widget key stands in the embed snippet."""
    if event != TENANT_OPENED or not isinstance(subject, Tenant):
        return
    Inbox.objects.create(
        tenant=subject, name="Website", widget_key=secrets.token_urlsafe(18), greeting=GREETING, created_at=at
    )


@receiver(changed, dispatch_uid="chat.access")
def look_again(sender: Any, *, subject: Any, **_: Any) -> None:
    """Let open sockets see at once that a member, or what members may do, has changed."""
    if isinstance(subject, AddressRule | Membership | PolicyChoice | StaffDevice | Tenant | User):
        broadcast.access_changed(current_tenant_id())


@receiver(changed, dispatch_uid="chat.secure_forms")
def destroy_what_they_may_not_read(sender: Any, *, event: str, subject: Any, at: Any, facts: Any, **_: Any) -> None:
    """Destroy what waits for somebody who may not read it any more: signed out, moved, of another role, revoked."""
    if event == MEMBER_MOVED:
        form_endings.end_of_sessions([UUID(str(facts["session"]))], why="moved", now=at)
    elif event not in WITHOUT_A_WORD and isinstance(subject, RIGHTS):
        if is_operators():
            # Their role reads no form: what they changed is looked at by the application's, once it is there.
            transaction.on_commit(partial(_look_after, current_tenant_id(), at), robust=True)
        else:
            form_endings.look_after(now=at)


def _look_after(tenant_id: UUID, now: datetime) -> None:
    with as_themselves("default"), tenant_scope(tenant_id):
        form_endings.look_after(now=now)


@receiver(changed, dispatch_uid="chat.notice")
def tell_visitors(sender: Any, *, event: str, subject: Any, **_: Any) -> None:
    """Let what has been published, or is asked of visitors from now on, hold at once."""
    is_policy = isinstance(subject, PolicyChoice) and subject.key in (CONSENT, IDENTITY)
    if is_policy or event in {NOTICE_PUBLISHED, NOTICE_SETTING_CHANGED}:
        broadcast.notice_changed(current_tenant_id())


@receiver(changed, dispatch_uid="chat.leaving")
def put_back_what_they_held(sender: Any, *, event: str, subject: Any, at: Any, **_: Any) -> None:
    """Pass the open conversations of a member who leaves, or may no longer answer, to their teams or the queue."""
    if (
        event == MEMBER_CHANGED
        and isinstance(subject, Membership)
        and not may(subject, Capability.ANSWER_CONVERSATIONS)
    ):
        leave_all(subject, now=at)
        proof_endings.end_of_asker(subject, now=at)
        held = Conversation.objects.open().filter(assignee=subject).select_related("team")
        for conversation in held.select_for_update(of=("self",)):
            team = conversation.live_team
            team_id = team.id if team is not None else None
            holder = teams.next_holder(team_id, subject.tenant_id, but={subject.id}, now=at)
            hand_over(conversation, holder, Actor.system(), at)
