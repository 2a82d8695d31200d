from chat.models.archive import DataArchive
from chat.models.assignment import Assignment
from chat.models.attachment import UNDER_WAY, Attachment, FileKind, FileState
from chat.models.availability import Availability, Status
from chat.models.canned_response import CannedResponse
from chat.models.consent import ConsentEntry, ConsentReceipt
from chat.models.contact import DETAILS, INDEXED, SEALED, Contact, VisitorSession
from chat.models.conversation import Conversation, ConversationStatus
from chat.models.details import ContactDetails
from chat.models.finding import Finding
from chat.models.form_endpoint import EndpointKey, FormEndpoint
from chat.models.hours import BusinessHours, ClosedDay
from chat.models.identity_key import IdentityAlgorithm, IdentityKey, UsedToken
from chat.models.inbox import Inbox
from chat.models.mailed_link import LinkKind, MailedLink
from chat.models.merge import UNDO_FOR, ContactMerge
from chat.models.message import AuthorKind, Message, MessageKind
from chat.models.payment_account import PaymentAccount, Provider
from chat.models.pre_chat import PreChatAnswer, PreChatField, PreChatKind
from chat.models.proof import UNENDED, WAITING, ProofMethod, ProofRequest, ProofState, VisitorFactor
from chat.models.rating import Rating, RatingScale
from chat.models.read_mark import ReadMark, ReadSide
from chat.models.report import DeclineReason, MaskingReport, Outcome, ReportKind, ReportState
from chat.models.secure_form import (
    CHECKING,
    FOR_BROWSER,
    FOR_ENDPOINT,
    LIVE,
    OPEN_TO_VISITOR,
    CardBrand,
    FormKey,
    FormKind,
    FormRequest,
    FormState,
    FormTemplate,
    Handling,
    Match,
)
from chat.models.team import Team, TeamMember
from chat.models.visitor_passkey import VisitorPasskey

__all__ = [
    "CHECKING",
    "DETAILS",
    "FOR_BROWSER",
    "FOR_ENDPOINT",
    "INDEXED",
    "LIVE",
    "OPEN_TO_VISITOR",
    "SEALED",
    "UNDER_WAY",
    "UNDO_FOR",
    "UNENDED",
    "WAITING",
    "Assignment",
    "Attachment",
    "AuthorKind",
    "Availability",
    "BusinessHours",
    "CannedResponse",
    "CardBrand",
    "ClosedDay",
    "ConsentEntry",
    "ConsentReceipt",
    "Contact",
    "ContactDetails",
    "ContactMerge",
    "Conversation",
    "ConversationStatus",
    "DataArchive",
    "DeclineReason",
    "EndpointKey",
    "FileKind",
    "FileState",
    "Finding",
    "FormEndpoint",
    "FormKey",
    "FormKind",
    "FormRequest",
    "FormState",
    "FormTemplate",
    "Handling",
    "IdentityAlgorithm",
    "IdentityKey",
    "Inbox",
    "LinkKind",
    "MailedLink",
    "MaskingReport",
    "Match",
    "Message",
    "MessageKind",
    "Outcome",
    "PaymentAccount",
    "PreChatAnswer",
    "PreChatField",
    "PreChatKind",
    "ProofMethod",
    "ProofRequest",
    "ProofState",
    "Provider",
    "Rating",
    "RatingScale",
    "ReadMark",
    "ReadSide",
    "ReportKind",
    "ReportState",
    "Status",
    "Team",
    "TeamMember",
    "UsedToken",
    "VisitorFactor",
    "VisitorPasskey",
    "VisitorSession",
]
