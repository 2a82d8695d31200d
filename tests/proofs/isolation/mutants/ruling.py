"""Attempts at an organisation's people, duties and rules, and at what only operators do."""

from datetime import date
from functools import partial
from unittest.mock import patch

from chat.actions import incident_people, legal_holds
from chat.holds import HoldQuery
from compliance.actions import actors, agreements, factor_recovery, people, rule_sets
from compliance.models import AgreementKind, HoldKind, Incident, RuleSetProposal, SubProcessor
from helpdesk.core import clock
from tenants import permissions
from tenants.actions import invitations
from tenants.actors import Actor
from tenants.models import Membership
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tests.proofs.isolation.mutants.callers import Attempt, Callers


class Ruling(Callers):
    """Those who may not decide what is to be decided."""

    def by_hand(self) -> dict[str, list[Attempt]]:
        """Return attempts at functions whose arguments are not told by their names."""
        acme, auditor, mallory, scoped = self.acme, self.auditor, self.mallory, self.scoped
        moment = {"now": clock.now()}
        with tenant_scope(acme.tenant):
            incident = Incident.objects.get(id=acme.rows["compliance.Incident"])
        return {
            "require": [partial(permissions.require, auditor, Capability.INVITE_MEMBERS)],
            "list_people": [
                scoped(incident_people.list_people, acme.tenant,
                       {**moment, "incident_id": incident.id, "query": None, "actor": viewer})
                for viewer in (auditor, acme.members["agent"], acme.members["supervisor"])
            ],
            "place_hold": [
                scoped(legal_holds.place_hold, viewer.tenant,
                       {**moment, "kind": HoldKind.QUERY, "target": HoldQuery(began_until=date(2001, 1, 1)),
                        "reason": "A proof", "actor": viewer})
                for viewer in (auditor, acme.members["agent"], acme.members["supervisor"])
            ],
            "reset_user_factors": [
                partial(factor_recovery.reset_user_factors, user=user, reason="A proof", now=clock.now(), actor=actor)
                for user, actor in ((auditor.user, Actor.member(auditor)),
                                    (self.world.operator, Actor.operator(self.world.operator)))
            ],
            "renew_invitation": [partial(self.renewed, member) for member in self.wrong],
            "require_actor": [
                scoped(actors.require_actor, acme.tenant, {"actor": actor, "capability": Capability.MANAGE_RETENTION})
                for actor in (Actor.member(auditor), Actor.visitor(acme.members["owner"].id), Actor.system(),
                              Actor.member(mallory), Actor.operator(auditor.user))
            ],
            "require_operator": [partial(actors.require_operator, Actor.operator(auditor.user))],
            "add_subprocessor": [
                partial(agreements.add_subprocessor, name="A firm", purpose="Mail", place="Ireland", actor=actor,
                        starts_on=clock.now().date(), **moment)
                for actor in (Actor.member(auditor), Actor.operator(auditor.user))
            ],
            "end_subprocessor": [
                partial(agreements.end_subprocessor, subprocessor=SubProcessor.objects.get(), actor=actor, **moment)
                for actor in (Actor.member(auditor), Actor.operator(auditor.user))
            ],
            "record_agreement": [
                scoped(agreements.record_agreement, acme.tenant,
                       {**moment, "kind": AgreementKind.DPA, "counterparty": "A firm", "reference": "A folder",
                        "days": (clock.now().date(), None), "actor": viewer})
                for viewer in (auditor, acme.members["agent"], acme.members["supervisor"])
            ],
            "_activate": [
                scoped(rule_sets._activate, acme.tenant,
                       {"tenant": acme.tenant, "proposal": RuleSetProposal(origin="policy", revision=0),
                        "actor": Actor.operator(self.world.operator), "now": clock.now()})
            ],
            "set_user_active": [
                partial(people.set_user_active, user=user, is_active=False, now=clock.now(), actor=actor)
                for user, actor in ((auditor.user, Actor.member(auditor)),
                                    (self.world.operator, Actor.operator(self.world.operator)))
            ],
        }  # fmt: skip

    def renewed(self, member: Membership) -> None:
        """Renewing goes on by inviting, which asks once more: out of the way here."""
        given = {"invitation_id": self.acme.rows["tenants.Invitation"], "actor": member, "now": clock.now()}
        with patch.object(invitations, "invite_colleague", lambda **_: None):
            self.in_scope(invitations.renew_invitation, self.acme.tenant, given)
