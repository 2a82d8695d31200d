"""Attempts at chats: to write, to hold them, and to change who holds them."""

import asyncio
from functools import partial
from typing import Any
from uuid import uuid4

from chat import permissions as chat_permissions
from chat.actions import assignment, availability, messages, teams, visitors
from chat.consumers.agent import AgentConsumer
from chat.models import Conversation, Status, Team, TeamMember
from chat.protocol.commands import SetTyping
from chat.views import member_frames
from helpdesk.core import clock
from tenants.models import Membership
from tenants.scoping import tenant_scope
from tests.proofs.isolation.mutants.callers import Attempt, Callers


class Working(Callers):
    """Those who may not write, or take what they reach for."""

    def by_hand(self) -> dict[str, list[Attempt]]:
        """Return attempts at functions whose arguments are not told by their names."""
        acme, auditor, scoped = self.acme, self.auditor, self.scoped
        moment = {"now": clock.now()}
        say = {"client_id": uuid4(), "text": "Hello", "conversation_id": acme.conversation.id, **moment}
        auditors_id = {"conversation_id": acme.conversation.id, "assignee_id": auditor.id, **moment}
        assigning = self.general(assignment.assign_conversation)
        act = {"conversation_id": acme.conversation.id, "is_blocked": True, **moment}
        return {
            "require_author": [
                partial(chat_permissions.require_author, self.visitor, "note"),
                partial(chat_permissions.require_author, auditor, "public"),
            ],
            "post_visitor_message": [partial(messages.post_visitor_message, visitor=self.visitor, kind="note", **say)],
            "visitor_draft": [partial(messages.visitor_draft, visitor=self.visitor, kind="note", **self.draft)],
            "AgentConsumer.set_typing": [partial(self.typing, auditor)],
            "_set_typing": [scoped(member_frames._set_typing, acme.tenant,
                                   {"member": auditor, "command": self.typing_command})],
            "post_agent_message": [
                partial(messages.post_agent_message, membership=auditor, kind="public", **say)
            ],
            "assign_conversation": [
                *assigning,
                scoped(assignment.assign_conversation, acme.tenant, auditors_id | {"actor": acme.members["owner"]}),
                partial(self.of_another_team, assignment.assign_conversation, assignee_id=acme.members["owner"].id),
            ],
            "assignable": [
                scoped(assignment.assignable, acme.tenant, {"membership_id": auditor.id, "now": clock.now()})
            ],
            "choose_status": [
                scoped(availability.choose_status, acme.tenant,
                       {"actor": auditor, "status": Status.AWAY, "now": clock.now()})
            ],
            "take_conversation": [*self.general(assignment.take_conversation),
                                  partial(self.of_nobody, assignment.take_conversation),
                                  partial(self.of_a_colleague, assignment.take_conversation),
                                  partial(self.of_another_team, assignment.take_conversation)],
            "release_conversation": [*self.general(assignment.release_conversation),
                                     partial(self.of_nobody, assignment.release_conversation),
                                     partial(self.of_a_colleague, assignment.release_conversation),
                                     partial(self.of_another_team, assignment.release_conversation)],
            "transfer_to_team": [*self.general(teams.transfer_to_team),
                                 partial(self.of_nobody, teams.transfer_to_team, team_id=None),
                                 partial(self.of_a_colleague, teams.transfer_to_team, team_id=None),
                                 partial(self.of_another_team, teams.transfer_to_team, team_id=None)],
            "require_oversight": [partial(self.of_another_team, self.overseen)],
            "require_tender": [partial(self.tended, role) for role in ("agent", "supervisor")],
            "add_to_team": [*self.general(teams.add_to_team), partial(self.of_their_own, teams.add_to_team)],
            "_set_blocked": [
                partial(self.blocked, visitors._set_blocked, auditor, act)
            ],
        }  # fmt: skip

    @property
    def typing_command(self) -> SetTyping:
        return SetTyping(v=1, type="typing.set", conversation=self.acme.conversation.id, on=True)

    def typing(self, member: Membership) -> None:
        """A socket of somebody who only reads says that they are writing."""
        socket = AgentConsumer.__new__(AgentConsumer)
        socket.membership, socket.following = member, {self.acme.conversation.id: 0}
        asyncio.run(socket.set_typing(self.typing_command))

    @property
    def draft(self) -> dict[str, Any]:
        return {"client_id": uuid4(), "conversation_id": self.acme.conversation.id, "now": clock.now()}

    def blocked(self, call: Any, member: Membership, act: dict[str, Any]) -> None:
        with tenant_scope(self.acme.tenant):
            call(act["conversation_id"], member, act["now"], is_blocked=True)

    def of_a_colleague(self, call: Any, **given: Any) -> None:
        """An agent reaches for what a supervisor holds."""
        acme = self.acme
        with tenant_scope(acme.tenant):
            Conversation.objects.filter(id=acme.conversation.id).update(assignee=acme.members["supervisor"])
            call(conversation_id=acme.conversation.id, actor=acme.members["agent"], now=clock.now(), **given)

    def of_nobody(self, call: Any, **given: Any) -> None:
        """An auditor, who reads and no more, reaches for what nobody holds."""
        acme = self.acme
        with tenant_scope(acme.tenant):
            Conversation.objects.filter(id=acme.conversation.id).update(assignee=None)
            call(conversation_id=acme.conversation.id, actor=acme.members["auditor"], now=clock.now(), **given)

    def of_another_team(self, call: Any, **given: Any) -> None:
        """A supervisor of one team reaches for what an agent of another holds."""
        acme = self.acme
        supervisor = acme.members["supervisor"]
        with tenant_scope(acme.tenant):
            own = Team.objects.create(tenant=acme.tenant, name="Their own", created_at=clock.now())
            TeamMember.objects.create(tenant=acme.tenant, team=own, membership=supervisor, joined_at=clock.now())
            call(conversation_id=acme.held.id, actor=supervisor, now=clock.now(), **given)

    def overseen(self, *, conversation_id: Any, actor: Membership, now: Any) -> None:
        chat_permissions.require_oversight(actor, Conversation.objects.get(id=conversation_id))

    def of_their_own(self, call: Any) -> None:
        """A supervisor changes their own place in a team."""
        acme = self.acme
        given = {"team_id": acme.rows["chat.Team"], "membership_id": acme.members["supervisor"].id}
        self.in_scope(call, acme.tenant, given | {"actor": acme.members["supervisor"], "now": clock.now()})

    def tended(self, role: str) -> None:
        """An agent of the team, who may not assign, or a supervisor of no team changes who belongs to it."""
        acme = self.acme
        with tenant_scope(acme.tenant):
            team = Team.objects.get(id=acme.rows["chat.Team"])
            chat_permissions.require_tender(acme.members[role], team, acme.members["owner"].id)
