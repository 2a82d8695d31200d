from chat.models.assignment import Assignment
from chat.models.contact import DETAILS, INDEXED, Contact, VisitorSession
from chat.models.conversation import Conversation, ConversationStatus
from chat.models.details import ContactDetails
from chat.models.finding import Finding
from chat.models.inbox import Inbox
from chat.models.message import AuthorKind, Message, MessageKind

__all__ = [
    "DETAILS",
    "INDEXED",
    "Assignment",
    "AuthorKind",
    "Contact",
    "ContactDetails",
    "Conversation",
    "ConversationStatus",
    "Finding",
    "Inbox",
    "Message",
    "MessageKind",
    "VisitorSession",
]
