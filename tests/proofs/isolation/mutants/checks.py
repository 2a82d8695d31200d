"""The checks inside actions and the door to plaintext: each taken out of the code, its function called by the wrong.

The checks are found in the source, so a new one without a probe is a mutant that survives.
"""

import ast
import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import CodeType
from typing import Any, Final
from unittest.mock import patch
from uuid import uuid4

from chat import permissions as chat_permissions
from chat import queues, search, selectors
from chat.actions.form_requests import Asking
from chat.actions.reports import Spot
from chat.consumers.agent import AgentConsumer
from chat.consumers.visitor import VisitorConsumer
from chat.holds import HoldQuery
from chat.models import Contact, ContactDetails, Conversation, Handling, Match, ProofRequest, Status, Team, TeamMember
from chat.protocol.commands import SetTyping
from chat.secure_forms.kinds import SHIPPED
from compliance.actions.incidents import Verdict
from compliance.breach.regimes import Risk
from compliance.masking_choice import MaskingChoice
from compliance.models import (
    AgreementKind,
    Decision,
    HoldKind,
    Incident,
    LawRegion,
    LegalHold,
    LineDecision,
    RecordClass,
    RequestStep,
    RuleSetProposal,
    SubjectRequest,
    SubProcessor,
)
from compliance.training.catalogue import shipped
from helpdesk.core import clock
from helpdesk.core.machine import NO_MACHINE
from helpdesk.core.public_keys import pem_of
from tenants.actions.places import Proposal
from tenants.actors import Actor
from tenants.keyring.models import Purpose
from tenants.models import Membership, Region, StaffSession, TenantStatus
from tenants.permissions import NotPermittedError
from tenants.policy_names import SESSION_IDLE
from tenants.roles import Capability, Role
from tenants.scoping import tenant_scope
from tests.proofs.isolation.asking import undone
from tests.proofs.isolation.mutants.core import Mutant
from tests.proofs.isolation.sides import World
from tests.proofs.isolation.sockets import as_visitor
from tests.proofs.isolation.world_files import pass_of_member

ROOT: Final = Path(__file__).resolve().parents[4]
APPS: Final = ("tenants", "chat", "compliance")
CHECKS: Final = frozenset(
    {
        "require",
        "require_author",
        "require_reader",
        "require_member_reader",
        "require_own",
        "require_actor",
        "require_operator",
        "require_oversight",
        "require_tender",
    }
)
REFUSALS: Final = frozenset({"NotPermittedError"})

Attempt = Callable[[], Any]


@dataclass(frozen=True)
class Site:
    """One check: the n-th in a function of a module."""

    module: str
    # With its class, if it is a method.
    function: str
    number: int
    line: int

    @property
    def name(self) -> str:
        return f"{self.module}.{self.function}, check {self.number + 1}"


def is_check(node: ast.AST) -> bool:
    """A statement that calls a check, or an `if` that does nothing but refuse."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = node.value.func
        return getattr(called, "attr", getattr(called, "id", "")) in CHECKS
    if isinstance(node, ast.If) and len(node.body) == 1 and isinstance(node.body[0], ast.Raise):
        raised: Any = node.body[0].exc
        return getattr(getattr(raised, "func", raised), "id", "") in REFUSALS
    return False


def sites() -> list[Site]:
    """Return every check in the applications' code."""
    found = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for name, function in functions(ast.parse(path.read_text())):
                checks = [node for node in ast.walk(function) if is_check(node)]
                found += [Site(module, name, n, node.lineno) for n, node in enumerate(checks)]
    return found


def functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield a module's functions and its classes' methods, with their qualified names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield within + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{within}{node.name}.")


def found_in(module: str, function: str) -> Any:
    """Return a function or method by its qualified name; None for one that is not there."""
    try:
        return attrgetter(function)(import_module(module))
    except AttributeError:
        return None


@cache
def ways_to(module: str, function: str) -> list[str]:
    """Return the function itself, or, for a private one, the module's functions that go through it as well."""
    path = inspect.getsourcefile(import_module(module))
    assert path is not None
    reached = [function]
    if function.startswith("_"):
        bodies = dict(functions(ast.parse(Path(path).read_text())))
        for name in reached:
            calls = [one for one, body in bodies.items()
                     if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(body))]  # fmt: skip
            reached += [one for one in calls if one not in reached]
    return reached


def without(site: Site) -> CodeType:
    """Return the function's code without the check."""
    module = import_module(site.module)
    path = inspect.getsourcefile(module)
    assert path is not None
    tree = ast.parse(Path(path).read_text())
    function = dict(functions(tree))[site.function]
    wanted = [node for node in ast.walk(function) if is_check(node)][site.number]

    class Remove(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return ast.copy_location(ast.Pass(), node) if node is wanted else self.generic_visit(node)

    compiled = compile(ast.fix_missing_locations(Remove().visit(tree)), path, "exec")
    for name in site.function.split("."):
        compiled = next(one for one in compiled.co_consts if isinstance(one, CodeType) and one.co_name == name)
    return compiled


@contextmanager
def missing(site: Site) -> Iterator[None]:
    function: Any = inspect.unwrap(found_in(site.module, site.function))
    kept, function.__code__ = function.__code__, without(site)
    try:
        yield
    finally:
        function.__code__ = kept


def check_mutants(world: World) -> list[Mutant]:
    """One mutant for each check there is; its probes are the attempts at its function that are refused now."""
    attempts = Attempts(world).by_function()
    found = []
    for site in sites():
        tried = attempts.get(f"{site.module}.{site.function}", [])
        probes = [partial(is_refused, attempt) for attempt in tried if is_refused(attempt)]
        found.append(Mutant("check", site.name, partial(missing, site), probes))
    return found


def is_refused(attempt: Attempt) -> bool:
    with undone():
        try:
            attempt()
        except Exception as error:  # noqa: BLE001 (whatever else goes wrong is no refusal)
            return type(error).__name__ in {"NotPermittedError", "UnknownAssigneeError"}
    return False


class Attempts:
    """Calls of every action by everyone who may not, with arguments that are right otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        acme = world.acme
        self.wrong = [acme.members[role] for role in Role if role != Role.OWNER]
        with tenant_scope(acme.tenant):
            self.entry = selectors.latest_entries(acme.conversation, 1)[0]
            self.contact = Contact.objects.get(id=acme.conversation.contact_id)
            self.asked = SubjectRequest.objects.get(id=acme.rows["compliance.SubjectRequest"])
            self.step = RequestStep.objects.get(id=acme.rows["compliance.RequestStep"])
            self.proof = ProofRequest.objects.get(id=acme.rows["chat.ProofRequest"])
            self.row = queues.rows_of([acme.conversation], acme.members["owner"])[0]
        self.visitor = as_visitor(acme, acme.visitor_token)
        self.other_visitor = as_visitor(acme, acme.other_visitor_token)

    def by_function(self) -> dict[str, list[Attempt]]:
        found: dict[str, list[Attempt]] = {}
        special = self.special()
        for module, function in {(site.module, site.function) for site in sites()}:
            found[f"{module}.{function}"] = [
                attempt
                for name in ways_to(module, function)
                if (call := found_in(module, name)) is not None
                for attempt in special.get(name) or self.general(call)
            ]
        return found

    def general(self, call: Any) -> list[Attempt]:
        """Fill in an action's arguments by their names, for each who may not and each conversation."""
        names = inspect.signature(call).parameters
        takes_member = names.get("actor") is None or "Membership" in str(names["actor"].annotation)
        tried: list[Attempt] = []
        for member in self.wrong:
            for conversation in (self.world.acme.conversation, self.world.acme.held):
                actor: Any = member if takes_member else Actor.member(member)
                given = {name: value for name, value in self.arguments(conversation, member, actor).items()
                         if name in names}  # fmt: skip
                tried.append(partial(self.in_scope, call, member.tenant, given))
        if not takes_member:
            nobody = partial(self.arguments, self.world.acme.conversation, self.wrong[0])
            for stranger in (Actor.visitor(uuid4()), Actor.operator(self.wrong[0].user)):
                given = {name: value for name, value in nobody(stranger).items() if name in names}
                tried.append(partial(self.in_scope, call, self.world.acme.tenant, given))
        return tried

    def arguments(self, conversation: Conversation, member: Membership, actor: Any) -> dict[str, Any]:
        acme = self.world.acme
        return {
            "actor": actor, "membership": member, "now": clock.now(), "conversation_id": conversation.id,
            "assignee_id": acme.members["supervisor"].id, "membership_id": acme.members["agent"].id,
            "invitation_id": acme.rows["tenants.Invitation"], "origin_id": acme.rows["tenants.AllowedOrigin"],
            "origin": "https://other.example", "role": "supervisor", "is_active": False,
            "email": "another@somewhere.example", "client_id": uuid4(), "text": "Hello", "kind": "public",
            "tenant": acme.tenant, "record_class": RecordClass.CONVERSATION, "keep_days": 77, "mode": "hipaa",
            "on": True, "reason": "A proof", "status": TenantStatus.SUSPENDED, "region": Region.CA,
            "user": self.world.globex.members["agent"].user, "limit": 10, "is_blocked": True,
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
            "key": SESSION_IDLE, "value": "60",
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

    def special(self) -> dict[str, list[Attempt]]:
        """Functions whose arguments are not told by their names."""
        from chat import archive_doors, contact_disclosure, disclosure, file_disclosure, small_texts
        from chat.actions import assignment, availability, incident_people, legal_holds, messages, teams, visitors
        from chat.views import member_frames
        from compliance import hold_reasons, incident_notes, request_notes
        from compliance.actions import actors, agreements, factor_recovery, people, rule_sets
        from tenants import permissions

        acme, globex = self.world.acme, self.world.globex
        auditor, mallory = acme.members["auditor"], globex.members["owner"]
        note = self.entry_of_kind("note")
        with tenant_scope(acme.tenant):
            incident = Incident.objects.get(id=acme.rows["compliance.Incident"])
            hold = LegalHold.objects.get(id=acme.rows["compliance.LegalHold"])
        readers: list[Attempt] = [
            partial(chat_permissions.require_reader, viewer, entry)
            for viewer, entry in ((mallory, self.entry), (auditor, self.entry), (self.other_visitor, self.entry),
                                  (self.visitor, note))
        ]  # fmt: skip
        scoped = partial(partial, self.in_scope)
        moment = {"now": clock.now()}
        say = {"client_id": uuid4(), "text": "Hello", "now": clock.now(), "conversation_id": acme.conversation.id}
        auditors_id = {"conversation_id": acme.conversation.id, "assignee_id": auditor.id, "now": clock.now()}
        assigning = self.general(assignment.assign_conversation)
        act = {"conversation_id": acme.conversation.id, "now": clock.now(), "is_blocked": True}
        return {
            "require": [partial(permissions.require, auditor, Capability.INVITE_MEMBERS)],
            "require_reader": readers,
            "require_author": [
                partial(chat_permissions.require_author, self.visitor, "note"),
                partial(chat_permissions.require_author, auditor, "public"),
            ],
            "for_viewer": [
                partial(disclosure.for_viewer, self.entry, viewer)
                for viewer in (auditor, self.other_visitor, mallory)
            ],
            "frame_for_viewer": [
                partial(disclosure.frame_for_viewer, self.entry, viewer, {})
                for viewer in (auditor, self.other_visitor, mallory)
            ],
            "note_of": [
                scoped(incident_notes.note_of, acme.tenant, {"incident": incident, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "lines_of": [
                scoped(incident_notes.lines_of, acme.tenant, {"incident": incident, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "list_people": [
                scoped(incident_people.list_people, acme.tenant,
                       {**moment, "incident_id": incident.id, "query": None, "actor": viewer})
                for viewer in (auditor, acme.members["agent"], acme.members["supervisor"])
            ],
            "handed_over": [
                scoped(archive_doors.handed_over, acme.tenant, {
                    **moment, "request_id": acme.rows["compliance.SubjectRequest"], "membership": auditor}),
                scoped(file_disclosure.handed_over, acme.tenant, {**moment, "shown": pass_of_member(
                    auditor, acme.tenant.id, acme.rows["chat.Attachment"], uuid4())})
            ],
            "place_hold": [
                scoped(legal_holds.place_hold, viewer.tenant,
                       {**moment, "kind": HoldKind.QUERY, "target": HoldQuery(began_until=date(2001, 1, 1)),
                        "reason": "A proof", "actor": viewer})
                for viewer in (auditor, acme.members["agent"], acme.members["supervisor"])
            ],
            "reason_of": [
                scoped(hold_reasons.reason_of, acme.tenant, {"hold": hold, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "note_of_step": [
                scoped(request_notes.note_of_step, acme.tenant, {"step": self.step, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "words_of_request": [
                scoped(small_texts.words_of_request, acme.tenant, {"request": self.asked, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "require_member_reader": [
                partial(chat_permissions.require_member_reader, viewer, acme.tenant.id) for viewer in (auditor, mallory)
            ],
            "require_own": [
                partial(chat_permissions.require_own, one, acme.tenant.id, acme.conversation.contact_id)
                for one in (self.other_visitor, as_visitor(globex, globex.visitor_token))
            ],
            "own_details": [
                scoped(small_texts.own_details, acme.tenant,
                       {"conversation": acme.conversation, "visitor": self.other_visitor}),
                partial(contact_disclosure.own_details, self.contact, self.other_visitor),
            ],
            "_subject": [partial(disclosure._subject, self.row, viewer) for viewer in (auditor, mallory)],
            "subject_of": [
                scoped(small_texts.subject_of, acme.tenant, {"conversation": acme.conversation, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "scope_of": [
                scoped(small_texts.scope_of, acme.tenant, {"proof": self.proof, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "details": [
                scoped(small_texts.details, acme.tenant, {"conversation": acme.conversation, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "canned_responses": [scoped(small_texts.canned_responses, acme.tenant, {"membership": auditor})],
            "canned_response": [
                scoped(small_texts.canned_response, acme.tenant,
                       {"membership": auditor, "canned_response_id": acme.rows["chat.CannedResponse"]})
            ],
            "name_of": [partial(disclosure.name_of, self.row, mallory)],
            "conversations_by_detail": [
                scoped(search.conversations_by_detail, acme.tenant, {**moment, "wanted": "a@b.example", "member": one})
                for one in (auditor,)
            ],
            "exported_details": [
                partial(contact_disclosure.exported_details, self.contact, one) for one in (auditor, mallory)
            ],
            "AgentConsumer._posted": [partial(self.told, AgentConsumer, "membership", auditor)],
            "VisitorConsumer._posted": [partial(self.told, VisitorConsumer, "visitor", self.other_visitor)],
            "_line": [partial(disclosure._line, self.row, viewer) for viewer in (auditor, mallory)],
            "post_visitor_message": [partial(messages.post_visitor_message, visitor=self.visitor, kind="note", **say)],
            "visitor_draft": [partial(messages.visitor_draft, visitor=self.visitor, kind="note", **self.draft)],
            "AgentConsumer.set_typing": [partial(self.typing, auditor)],
            "_set_typing": [scoped(member_frames._set_typing, acme.tenant,
                                   {"member": auditor, "command": self.typing_command})],
            "reset_user_factors": [
                partial(factor_recovery.reset_user_factors, user=user, reason="A proof", now=clock.now(), actor=actor)
                for user, actor in ((auditor.user, Actor.member(auditor)),
                                    (self.world.operator, Actor.operator(self.world.operator)))
            ],
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
            "renew_invitation": [partial(self.renewed, member) for member in self.wrong],
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

    def told(self, consumer: Any, field: str, viewer: Any) -> None:
        """A socket that follows the conversation is handed what was said there, made already for others."""
        socket = consumer.__new__(consumer)
        setattr(socket, field, viewer)
        socket.following = {self.entry.conversation_id: 0}
        if socket._posted(self.entry, {"member": "what was said", "visitor": "what was said"}) is None:
            raise NotPermittedError("passed over")

    @property
    def typing_command(self) -> SetTyping:
        return SetTyping(v=1, type="typing.set", conversation=self.world.acme.conversation.id, on=True)

    def typing(self, member: Membership) -> None:
        """A socket of somebody who only reads says that they are writing."""
        socket = AgentConsumer.__new__(AgentConsumer)
        socket.membership, socket.following = member, {self.world.acme.conversation.id: 0}
        asyncio.run(socket.set_typing(self.typing_command))

    @property
    def draft(self) -> dict[str, Any]:
        return {"client_id": uuid4(), "conversation_id": self.world.acme.conversation.id, "now": clock.now()}

    def blocked(self, call: Any, member: Membership, act: dict[str, Any]) -> None:
        with tenant_scope(self.world.acme.tenant):
            call(act["conversation_id"], member, act["now"], is_blocked=True)

    def renewed(self, member: Membership) -> None:
        """Renewing goes on by inviting, which asks once more: out of the way here."""
        from tenants.actions import invitations

        given = {"invitation_id": self.world.acme.rows["tenants.Invitation"], "actor": member, "now": clock.now()}
        with patch.object(invitations, "invite_colleague", lambda **_: None):
            self.in_scope(invitations.renew_invitation, self.world.acme.tenant, given)

    def of_a_colleague(self, call: Any, **given: Any) -> None:
        """An agent reaches for what a supervisor holds."""
        acme = self.world.acme
        with tenant_scope(acme.tenant):
            Conversation.objects.filter(id=acme.conversation.id).update(assignee=acme.members["supervisor"])
            call(conversation_id=acme.conversation.id, actor=acme.members["agent"], now=clock.now(), **given)

    def of_nobody(self, call: Any, **given: Any) -> None:
        """An auditor, who reads and no more, reaches for what nobody holds."""
        acme = self.world.acme
        with tenant_scope(acme.tenant):
            Conversation.objects.filter(id=acme.conversation.id).update(assignee=None)
            call(conversation_id=acme.conversation.id, actor=acme.members["auditor"], now=clock.now(), **given)

    def of_another_team(self, call: Any, **given: Any) -> None:
        """A supervisor of one team reaches for what an agent of another holds."""
        acme = self.world.acme
        supervisor = acme.members["supervisor"]
        with tenant_scope(acme.tenant):
            own = Team.objects.create(tenant=acme.tenant, name="Their own", created_at=clock.now())
            TeamMember.objects.create(tenant=acme.tenant, team=own, membership=supervisor, joined_at=clock.now())
            call(conversation_id=acme.held.id, actor=supervisor, now=clock.now(), **given)

    def overseen(self, *, conversation_id: Any, actor: Membership, now: Any) -> None:
        chat_permissions.require_oversight(actor, Conversation.objects.get(id=conversation_id))

    def of_their_own(self, call: Any) -> None:
        """A supervisor changes their own place in a team."""
        acme = self.world.acme
        given = {"team_id": acme.rows["chat.Team"], "membership_id": acme.members["supervisor"].id}
        self.in_scope(call, acme.tenant, given | {"actor": acme.members["supervisor"], "now": clock.now()})

    def tended(self, role: str) -> None:
        """An agent of the team, who may not assign, or a supervisor of no team changes who belongs to it."""
        acme = self.world.acme
        with tenant_scope(acme.tenant):
            team = Team.objects.get(id=acme.rows["chat.Team"])
            chat_permissions.require_tender(acme.members[role], team, acme.members["owner"].id)

    def entry_of_kind(self, kind: str) -> Any:
        from dataclasses import replace

        return replace(self.entry, kind=kind)
