"""What is known of a visitor as a conversation begins: the page, where they came from, what they were asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat.actions.consent import Given
from chat.models import ConsentEntry, Conversation, PreChatAnswer, PreChatField, PreChatKind
from chat.protocol.commands import StartConversation
from compliance import rule_sets, surfaces
from compliance.ingest import ingest, ingest_address
from compliance.masking import MaskedText
from compliance.sealed_text import SealedText, copy_sealed, seal_masked
from helpdesk.core.ids import uuid7
from tenants.encryption import Slot
from tenants.scoping import tenant_scope


@dataclass(frozen=True, slots=True)
class Opening:
    """As it came in. `answers` by the key of the question. Its text is not shown when it is printed."""

    page: str = field(default="", repr=False)
    referrer: str = field(default="", repr=False)
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    consent: Given | None = None
    #: Whether the browser sent Global Privacy Control: then nothing is kept of where the visitor was.
    gpc: bool = False

    @classmethod
    def of(cls, command: StartConversation, *, gpc: bool, entry: ConsentEntry) -> Self:
        """Return what a frame says. `gpc`: whether the signal came with the request; the frame may say so as well."""
        said = command.consent
        gpc = gpc or (said is not None and said.gpc)
        return cls(
            page=command.page,
            referrer=command.referrer,
            answers={one.key: one.value for one in command.answers},
            consent=None if said is None else Given(bytes.fromhex(said.notice), gpc, entry),
            gpc=gpc,
        )


NOTHING_GIVEN: Final = Opening()


@dataclass(frozen=True, slots=True)
class MaskedOpening:
    """As it may be stored."""

    page: MaskedText
    referrer: MaskedText
    answers: list[tuple[PreChatField, MaskedText]]
    rule_set_number: int


@sensitive_variables()
def masked(opening: Opening, tenant_id: UUID, inbox_id: UUID) -> MaskedOpening:
    """Mask what was given. An answer to a question that nobody asked is dropped.

    Raises:
        MaskingError: The masker could not finish.
    """
    rule_set = rule_sets.current(tenant_id)
    questions = _asked(opening, tenant_id, inbox_id) if opening.answers else []
    return MaskedOpening(
        page=ingest_address(_unless(opening.gpc, opening.page), surface=surfaces.PAGE, rule_set=rule_set),
        referrer=ingest_address(_unless(opening.gpc, opening.referrer), surface=surfaces.REFERRER, rule_set=rule_set),
        answers=[
            (one, ingest(opening.answers[one.key].strip(), surface=surfaces.PRE_CHAT_ANSWER, rule_set=rule_set))
            for one in questions
        ],
        rule_set_number=rule_set.number,
    )


def _unless(gpc: bool, address: str) -> str:
    return "" if gpc else address


def typed_details(opening: Opening, inbox_id: UUID) -> dict[str, str]:
    """Return what was given of name, e-mail and phone, if it was asked for. Inside the tenant's scope."""
    if not opening.answers:
        return {}
    asked = PreChatField.objects.filter(inbox_id=inbox_id, key__in=opening.answers.keys())
    typed = asked.exclude(kind=PreChatKind.CUSTOM)
    return {str(one.kind): given for one in typed if (given := opening.answers[one.key].strip())}


def _asked(opening: Opening, tenant_id: UUID, inbox_id: UUID) -> list[PreChatField]:
    with tenant_scope(tenant_id):
        of_inbox = PreChatField.objects.filter(inbox_id=inbox_id, kind=PreChatKind.CUSTOM)
        asked = of_inbox.filter(key__in=opening.answers.keys()).order_by("position")
        return [one for one in asked if opening.answers[one.key].strip()]


def store(opening: MaskedOpening, conversation: Conversation) -> None:
    """Store it with a conversation that was just begun, sealed with its contact's key. Inside the tenant's scope."""
    conversation.page = _sealed(opening.page, conversation, "page")
    conversation.referrer = _sealed(opening.referrer, conversation, "referrer")
    if conversation.page is not None or conversation.referrer is not None:
        conversation.masked_with = opening.rule_set_number
        conversation.save(update_fields=["page", "referrer", "masked_with"])
    PreChatAnswer.objects.bulk_create(
        _answer(question, value, conversation, opening.rule_set_number) for question, value in opening.answers
    )


def _sealed(text: MaskedText, conversation: Conversation, column: str) -> SealedText | None:
    if not text.text:
        return None
    slot = Conversation.slot(conversation.tenant_id, conversation.contact_id, column, conversation.id)
    return seal_masked(slot, text)


def _answer(question: PreChatField, value: MaskedText, conversation: Conversation, number: int) -> PreChatAnswer:
    row = PreChatAnswer(
        id=uuid7(),
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        contact_id=conversation.contact_id,
        position=question.position,
        masked_with=number,
    )

    def slot(column: str) -> Slot:
        return PreChatAnswer.slot(row.tenant_id, row.contact_id, column, row.id)

    row.label = copy_sealed(PreChatField.slot(question.tenant_id, question.id), question.label, slot("label"))
    row.value = seal_masked(slot("value"), value)
    return row
