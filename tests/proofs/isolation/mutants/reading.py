"""Attempts at what was written: the door to plaintext, and what lets one through it."""

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from chat import archive_doors, contact_disclosure, disclosure, file_disclosure, queues, search, small_texts
from chat import permissions as chat_permissions
from chat.consumers.agent import AgentConsumer
from chat.consumers.visitor import VisitorConsumer
from chat.models import Contact, ProofRequest
from compliance import hold_reasons, incident_notes, request_notes
from compliance.models import Incident, LegalHold, RequestStep, SubjectRequest
from helpdesk.core import clock
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.proofs.isolation.mutants.callers import Attempt, Callers
from tests.proofs.isolation.sockets import as_visitor
from tests.proofs.isolation.world_files import pass_of_member


class Reading(Callers):
    """Those who may not read what is asked for."""

    def by_hand(self) -> dict[str, list[Attempt]]:
        """Return attempts at functions whose arguments are not told by their names."""
        acme, globex, auditor, mallory, scoped = self.acme, self.globex, self.auditor, self.mallory, self.scoped
        moment = {"now": clock.now()}
        note = self.entry_of_kind("note")
        with tenant_scope(acme.tenant):
            contact = Contact.objects.get(id=acme.conversation.contact_id)
            asked = SubjectRequest.objects.get(id=acme.rows["compliance.SubjectRequest"])
            step = RequestStep.objects.get(id=acme.rows["compliance.RequestStep"])
            proof = ProofRequest.objects.get(id=acme.rows["chat.ProofRequest"])
            row = queues.rows_of([acme.conversation], acme.members["owner"])[0]
            incident = Incident.objects.get(id=acme.rows["compliance.Incident"])
            hold = LegalHold.objects.get(id=acme.rows["compliance.LegalHold"])
        readers: list[Attempt] = [
            partial(chat_permissions.require_reader, viewer, entry)
            for viewer, entry in ((mallory, self.entry), (auditor, self.entry), (self.other_visitor, self.entry),
                                  (self.visitor, note))
        ]  # fmt: skip
        return {
            "require_reader": readers,
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
            "handed_over": [
                scoped(archive_doors.handed_over, acme.tenant, {
                    **moment, "request_id": acme.rows["compliance.SubjectRequest"], "membership": auditor}),
                scoped(file_disclosure.handed_over, acme.tenant, {**moment, "shown": pass_of_member(
                    auditor, acme.tenant.id, acme.rows["chat.Attachment"], uuid4())})
            ],
            "reason_of": [
                scoped(hold_reasons.reason_of, acme.tenant, {"hold": hold, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "note_of_step": [
                scoped(request_notes.note_of_step, acme.tenant, {"step": step, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "words_of_request": [
                scoped(small_texts.words_of_request, acme.tenant, {"request": asked, "membership": viewer})
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
                partial(contact_disclosure.own_details, contact, self.other_visitor),
            ],
            "_subject": [partial(disclosure._subject, row, viewer) for viewer in (auditor, mallory)],
            "subject_of": [
                scoped(small_texts.subject_of, acme.tenant, {"conversation": acme.conversation, "membership": viewer})
                for viewer in (auditor, mallory)
            ],
            "scope_of": [
                scoped(small_texts.scope_of, acme.tenant, {"proof": proof, "membership": viewer})
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
            "name_of": [partial(disclosure.name_of, row, mallory)],
            "conversations_by_detail": [
                scoped(search.conversations_by_detail, acme.tenant, {**moment, "wanted": "a@b.example", "member": one})
                for one in (auditor,)
            ],
            "exported_details": [
                partial(contact_disclosure.exported_details, contact, one) for one in (auditor, mallory)
            ],
            "AgentConsumer._posted": [partial(self.told, AgentConsumer, "membership", auditor)],
            "VisitorConsumer._posted": [partial(self.told, VisitorConsumer, "visitor", self.other_visitor)],
            "_line": [partial(disclosure._line, row, viewer) for viewer in (auditor, mallory)],
        }  # fmt: skip

    def told(self, consumer: Any, field: str, viewer: Any) -> None:
        """A socket that follows the conversation is handed what was said there, made already for others."""
        socket = consumer.__new__(consumer)
        setattr(socket, field, viewer)
        socket.following = {self.entry.conversation_id: 0}
        if socket._posted(self.entry, {"member": "what was said", "visitor": "what was said"}) is None:
            raise NotPermittedError("passed over")

    def entry_of_kind(self, kind: str) -> Any:
        return replace(self.entry, kind=kind)
