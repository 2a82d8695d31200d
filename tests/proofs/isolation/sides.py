"""What a proof knows of an organisation, and of the two that it sets against each other."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from chat.models import Conversation
from chat.secure_forms.passes import Pass, ProofPass
from tenants.models import Membership, Tenant, User
from tenants.roles import Role
from tenants.tenancy import Kind
from tests.proofs.isolation.world_files import FOR_EVER, pass_of_visitor


@dataclass
class Side:
    """One organisation: its people by role, a row of every table, and words that are its alone."""

    tenant: Tenant
    members: dict[str, Membership]
    conversation: Conversation
    held: Conversation
    visitor_token: str
    other_visitor_token: str
    widget_key: str
    factor_id: int
    rows: dict[str, UUID] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    @cached_property
    def form_pass(self) -> str:
        """What the page shows on which a visitor fills in what the owner has asked for."""
        shown = Pass(self.tenant.id, self.rows["chat.FormRequest"], self.conversation.contact_id)
        return shown.issue(until=datetime.max.replace(year=2200, tzinfo=UTC))

    @cached_property
    def proof_pass(self) -> str:
        """What the card shows on which a visitor proves who they are."""
        shown = ProofPass(
            self.tenant.id,
            self.rows["chat.ProofRequest"],
            self.conversation.contact_id,
            self.conversation.started_by_id,
        )
        return shown.issue(until=datetime.max.replace(year=2200, tzinfo=UTC))

    @cached_property
    def file_pass(self) -> str:
        """What the visitor's chat shows to be handed the file."""
        contact_id, session_id = self.conversation.contact_id, self.conversation.started_by_id
        assert session_id is not None
        shown = pass_of_visitor(self.tenant.id, self.rows["chat.Attachment"], contact_id, session_id)
        return shown.issue(now=FOR_EVER)

    def value(self, kind: Kind, model: str = "") -> str:
        """Return this organisation's id of a kind; of a row, that of a model."""
        found: dict[Kind, Any] = {
            Kind.ORGANISATION: self.tenant.slug,
            Kind.CONVERSATION: self.conversation.id,
            Kind.MEMBERSHIP: self.members[Role.AGENT].id,
            Kind.INVITATION: self.rows["tenants.Invitation"],
            Kind.FACTOR: self.factor_id,
            Kind.ORIGIN: self.rows["tenants.AllowedOrigin"],
            Kind.CANNED_RESPONSE: self.rows["chat.CannedResponse"],
            Kind.PRE_CHAT_FIELD: self.rows["chat.PreChatField"],
            Kind.WIDGET: self.widget_key,
            Kind.INCIDENT: self.rows["compliance.Incident"],
            Kind.AGREEMENT: self.rows["compliance.Agreement"],
            Kind.REVIEW_LINE: self.rows["compliance.AccessReviewLine"],
            Kind.INCIDENT_LINE: self.rows["compliance.IncidentLine"],
            Kind.REPORT: self.rows["chat.MaskingReport"],
            Kind.VISITOR_TOKEN: self.visitor_token,
            Kind.STAFF_SESSION: self.rows["tenants.StaffSession"],
            Kind.STAFF_DEVICE: self.rows["tenants.StaffDevice"],
            Kind.TRAINING_DUTY: self.rows["tenants.TrainingDuty"],
            Kind.TEAM: self.rows["chat.Team"],
            Kind.TRAIL_VIEW: self.rows["compliance.TrailView"],
            Kind.EVIDENCE_PACK: self.rows["compliance.EvidencePack"],
            Kind.COURSE: self.rows["compliance.OwnCourse"],
            Kind.SUPPORT_GRANT: self.rows["compliance.SupportGrant"],
            Kind.FORM: self.rows["chat.FormRequest"],
            Kind.FORM_KEY: self.rows["chat.FormKey"],
            Kind.FORM_TEMPLATE: self.rows["chat.FormTemplate"],
            Kind.ENDPOINT_KEY: self.rows["chat.EndpointKey"],
            Kind.FORM_PASS: self.form_pass,
            Kind.ATTACHMENT: self.rows["chat.Attachment"],
            Kind.FILE_PASS: self.file_pass,
            Kind.SUBJECT_REQUEST: self.rows["compliance.SubjectRequest"],
            Kind.HOLD: self.rows["compliance.LegalHold"],
            Kind.IDENTITY_KEY: self.rows["chat.IdentityKey"],
            Kind.CLOSED_DAY: self.rows["chat.ClosedDay"],
            Kind.LINK_TOKEN: f"link-of-{self.tenant.slug}",
            Kind.PROOF: self.rows["chat.ProofRequest"],
            Kind.PROOF_PASS: self.proof_pass,
        }
        return str(self.rows[model] if kind is Kind.ROW else found[kind])


@dataclass
class World:
    """The victim, the attacker's own organisation, and an operator."""

    acme: Side
    globex: Side
    operator: User
    former: User

    @property
    def secrets(self) -> list[str]:
        return self.acme.words
