"""Every column of text but the messages' own: whose key seals it, and by which surface it came in.

Key rotation, re-scan and erasure go through this list; a test is red for a column that is not on it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from chat.models.canned_response import CannedResponse
from chat.models.contact import SEALED, Contact
from chat.models.conversation import Conversation
from chat.models.pre_chat import PreChatAnswer, PreChatField
from chat.models.proof import ProofRequest
from chat.models.rating import Rating
from compliance import surfaces
from compliance.models import Incident, IncidentLine, LegalHold, RequestStep, SubjectRequest
from compliance.surfaces import Surface
from tenants.encryption import Slot
from tenants.models import TenantModel


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of sealed text. `slot` takes the organisation, the contact or None, and the row's id."""

    model: type[TenantModel]
    name: str
    surface: Surface
    slot: Callable[[UUID, UUID | None, UUID], Slot]

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    def slot_of(self, row: Any) -> Slot:
        """Where this column of a row lives."""
        return self.slot(row.tenant_id, getattr(row, "contact_id", None), row.id)


def _of_conversation(name: str, surface: Surface) -> TextColumn:
    return TextColumn(
        Conversation, name, surface, lambda tenant, contact, row: Conversation.slot(tenant, given(contact), name, row)
    )


def _of_person(name: str) -> TextColumn:
    return TextColumn(
        Contact, name, surfaces.CONTACT_FIELD, lambda tenant, contact, _: Contact.slot(tenant, given(contact), name)
    )


def _of_answer(name: str, surface: Surface) -> TextColumn:
    return TextColumn(
        PreChatAnswer,
        name,
        surface,
        lambda tenant, contact, row: PreChatAnswer.slot(tenant, given(contact), name, row),
    )


def given(contact: UUID | None) -> UUID:
    if contact is None:
        raise ValueError("what is a contact's is sealed with the contact's key")
    return contact


# Sealed with the key of a contact; each row names the contact.
OF_CONTACTS: Final = (
    _of_conversation("subject", surfaces.SUBJECT),
    _of_conversation("page", surfaces.PAGE),
    _of_conversation("referrer", surfaces.REFERRER),
    _of_answer("label", surfaces.PRE_CHAT_LABEL),
    _of_answer("value", surfaces.PRE_CHAT_ANSWER),
    TextColumn(
        Rating,
        "comment",
        surfaces.RATING_COMMENT,
        lambda tenant, contact, row: Rating.slot(tenant, given(contact), row),
    ),
    TextColumn(
        ProofRequest,
        "scope",
        surfaces.PROOF_SCOPE,
        lambda tenant, contact, row: ProofRequest.slot(tenant, given(contact), row),
    ),
    TextColumn(
        SubjectRequest,
        "words",
        surfaces.REQUEST_WORDS,
        lambda tenant, contact, row: SubjectRequest.slot(tenant, given(contact), row),
    ),
)
# Of the contact itself: `chat.actions.reindexing` renews them, with the tokens beside them.
OF_PEOPLE: Final = tuple(_of_person(detail) for detail in SEALED)
# Sealed with the organisation's content key.
OF_ORGANISATIONS: Final = (
    TextColumn(
        CannedResponse, "text", surfaces.CANNED_RESPONSE, lambda tenant, _, row: CannedResponse.slot(tenant, row)
    ),
    TextColumn(PreChatField, "label", surfaces.PRE_CHAT_LABEL, lambda tenant, _, row: PreChatField.slot(tenant, row)),
    TextColumn(Incident, "note", surfaces.INCIDENT_NOTE, lambda tenant, _, row: Incident.slot(tenant, row)),
    TextColumn(IncidentLine, "text", surfaces.INCIDENT_LINE, lambda tenant, _, row: IncidentLine.slot(tenant, row)),
    TextColumn(LegalHold, "reason", surfaces.HOLD_REASON, lambda tenant, _, row: LegalHold.slot(tenant, row)),
    TextColumn(RequestStep, "note", surfaces.REQUEST_NOTE, lambda tenant, _, row: RequestStep.slot(tenant, row)),
)


def by_model(columns: Iterable[TextColumn]) -> dict[type[TenantModel], list[TextColumn]]:
    """Return the columns of each model."""
    found: dict[type[TenantModel], list[TextColumn]] = {}
    for column in columns:
        found.setdefault(column.model, []).append(column)
    return found
