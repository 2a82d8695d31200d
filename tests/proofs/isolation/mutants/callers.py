"""Who may not, and what an action is called with: right in all but its caller."""

import inspect
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from chat import selectors
from chat.actions.form_requests import Asking
from chat.actions.reports import Spot
from chat.models import ContactDetails, Conversation, Handling, Match
from chat.secure_forms.kinds import SHIPPED
from compliance.actions.incidents import Verdict
from compliance.breach.regimes import Risk
from compliance.masking_choice import MaskingChoice
from compliance.models import Decision, LawRegion, LineDecision, RecordClass
from compliance.training.catalogue import shipped
from helpdesk.core import clock
from helpdesk.core.machine import NO_MACHINE
from helpdesk.core.public_keys import pem_of
from tenants.actions.places import Proposal
from tenants.actors import Actor
from tenants.keyring.models import Purpose
from tenants.models import Membership, Region, StaffSession, TenantStatus
from tenants.policy_names import SESSION_IDLE
from tenants.roles import Capability, Role
from tenants.scoping import tenant_scope
from tests.proofs.isolation.sides import World
from tests.proofs.isolation.sockets import as_visitor

Attempt = Callable[[], Any]


class Callers:
    """Calls of every action by everyone who may not, with arguments that are right otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.acme, self.globex = world.acme, world.globex
        self.auditor, self.mallory = self.acme.members["auditor"], self.globex.members["owner"]
        self.wrong = [self.acme.members[role] for role in Role if role != Role.OWNER]
        with tenant_scope(self.acme.tenant):
            self.entry = selectors.latest_entries(self.acme.conversation, 1)[0]
        self.visitor = as_visitor(self.acme, self.acme.visitor_token)
        self.other_visitor = as_visitor(self.acme, self.acme.other_visitor_token)

    def general(self, call: Any) -> list[Attempt]:
        """Fill in an action's arguments by their names, for each who may not and each conversation."""
        names = inspect.signature(call).parameters
        takes_member = names.get("actor") is None or "Membership" in str(names["actor"].annotation)
        tried: list[Attempt] = []
        for member in self.wrong:
            for conversation in (self.acme.conversation, self.acme.held):
                actor: Any = member if takes_member else Actor.member(member)
                given = {name: value for name, value in self.arguments(conversation, member, actor).items()
                         if name in names}  # fmt: skip
                tried.append(self.scoped(call, member.tenant, given))
        if not takes_member:
            nobody = partial(self.arguments, self.acme.conversation, self.wrong[0])
            for stranger in (Actor.visitor(uuid4()), Actor.operator(self.wrong[0].user)):
                given = {name: value for name, value in nobody(stranger).items() if name in names}
                tried.append(self.scoped(call, self.acme.tenant, given))
        return tried

    def arguments(self, conversation: Conversation, member: Membership, actor: Any) -> dict[str, Any]:
        acme = self.acme
        return {
            "actor": actor, "membership": member, "now": clock.now(), "conversation_id": conversation.id,
            "assignee_id": acme.members["supervisor"].id, "membership_id": acme.members["agent"].id,
            "invitation_id": acme.rows["tenants.Invitation"], "origin_id": acme.rows["tenants.AllowedOrigin"],
            "origin": "https://other.example", "role": "supervisor", "is_active": False,
            "email": "another@somewhere.example", "client_id": uuid4(), "text": "Hello", "kind": "public",
            "tenant": acme.tenant, "record_class": RecordClass.CONVERSATION, "keep_days": 77, "mode": "hipaa",
            "on": True, "reason": "A proof", "status": TenantStatus.SUSPENDED, "region": Region.CA,
            "user": self.globex.members["agent"].user, "limit": 10, "is_blocked": True,
            "capability": Capability.MANAGE_RETENTION, "subject": "About a lamp", "shortcut": "other",
            "canned_response_id": acme.rows["chat.CannedResponse"], "label": "Your order number", "is_required": False,
            "pre_chat_field_id": acme.rows["chat.PreChatField"], "inbox_id": acme.conversation.inbox_id, "wanted": {},
            "provider": "vault", "reference": "transit/theirs",
            "purpose": Purpose.FILES, "number": 0,
            "member": member, "given": ContactDetails(name="Somebody"),
            "spot": Spot(conversation.id, 1), "span": (0, 2), "entity": "OTHER", "mask_now": False, "version": "",
            "report_id": acme.rows["chat.MaskingReport"], "incident_id": acme.rows["compliance.Incident"],
            "line_id": acme.rows["compliance.IncidentLine"], "due_on": None,
            "agreement_id": acme.rows["compliance.Agreement"], "counterparty": "A firm",
            "days": (clock.now().date(), None), "decision": LineDecision.KEEP,
            "review_line_id": acme.rows["compliance.AccessReviewLine"],
            "verdict": Verdict(Decision.NONE, Risk.LOW, reason="A proof"), "left_open": "A proof",
            "key": SESSION_IDLE, "value": "60", "kept": "365",
            "proposal": Proposal(False, frozenset(Role), (), ()), "address": "198.51.100.1", "session_id": uuid4(),
            "code": "0" * 24, "device_id": acme.rows["tenants.StaffDevice"], "approve": True, "session": None,
            "only_approved": False, "machine": NO_MACHINE,
            "course": shipped()["phishing"], "roles": ["agent"], "closes": False, "take_again": False,
            "course_id": acme.rows["compliance.OwnCourse"], "is_in_use": True, "insisted": "",
            "grant_id": acme.rows["compliance.SupportGrant"], "minutes": 15, "tenant_id": acme.tenant.id,
            "reset_id": acme.rows["compliance.OperatorReset"],
            "form": SHIPPED["ssn"], "asking": self.asking(member), "reader": self.asking(member), "chosen": "card",
            "is_on": False, "scope": "May discuss an order", "proof_id": acme.rows["chat.ProofRequest"],
            "form_id": acme.rows["chat.FormRequest"], "key_id": acme.rows["chat.FormKey"], "point": b"",
            "browser": "Firefox", "template_id": acme.rows["chat.FormTemplate"], "name": "A form", "fields": [],
            "handling": Handling.VIEW, "match": Match.MATCH, "secret_key": "", "webhook_secret": "",
            "law": LawRegion.US, "language": "en", "body": "A title", "text_hash": b"", "other_ways": "",
            "consent": "law", "own_role": "owner", "successor_id": None,
            "team_id": acme.rows["chat.Team"], "attachment_id": acme.rows["chat.Attachment"],
            "agreement": "A folder", "agreed_on": clock.now().date(),
            "request_id": acme.rows["compliance.SubjectRequest"], "regime": "gdpr", "received_on": clock.now().date(),
            "how": "checked", "why": "complex", "told_on": clock.now().date(), "refused_for": "others",
            "hold_id": acme.rows["compliance.LegalHold"],
            "pasted": pem_of(bytes(32)), "ends_sessions": True,
            "query": "who=system", "view_id": acme.rows["compliance.TrailView"],
            "pack_id": acme.rows["compliance.EvidencePack"], "first_on": clock.now().date() - timedelta(days=9),
            "last_on": clock.now().date() - timedelta(days=2),
            "note": "Seen", "paused": True, "choice": MaskingChoice(),
            "zone": "Europe/Berlin", "week": [[]] * 7, "day": clock.now().date(),
            "closed_day_id": acme.rows["chat.ClosedDay"],
            "kept_id": conversation.contact_id, "merged_id": uuid4(), "merge_id": acme.rows["chat.ContactMerge"],
            "seen": None, "contact_id": conversation.contact_id, "contact": conversation.contact_id,
        }  # fmt: skip

    def asking(self, member: Membership) -> Asking:
        """As somebody asks for a form who is signed in somewhere."""
        return Asking(member, StaffSession(id=uuid4(), user_id=member.user_id), "", b"")

    def in_scope(self, call: Any, tenant: Any, given: dict[str, Any]) -> None:
        with tenant_scope(tenant):
            call(**given)

    def scoped(self, call: Any, tenant: Any, given: dict[str, Any]) -> Attempt:
        """Return the call, to be made in an organisation's scope."""
        return partial(self.in_scope, call, tenant, given)
