"""Keep what a contact is called and reached by: sealed under the contact's key, found again by a keyed hash.

These fields are meant to hold a person's own data, so they are not masked for it; the card class always is.
"""

import logging
import unicodedata
from datetime import datetime
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat import broadcast, people
from chat.actions import proof_endings, sessions
from chat.actions.consent import require_told, require_vouched
from chat.actions.conversations import locked
from chat.delivery.committer import VisitorBlockedError
from chat.delivery.sealed import ConversationNotFoundError
from chat.identity.tokens import Refusal, TokenRefusedError
from chat.models import INDEXED, Contact, ContactDetails, Conversation
from chat.permissions import Visitor
from compliance import audit, audit_events, rule_sets, surfaces
from compliance.ingest import ingest
from compliance.masking import MaskedText
from compliance.rule_sets import RuleSetInForce
from compliance.sealed_text import SealedText, remask, seal_masked
from tenants.actors import Actor, ActorKind
from tenants.keyring import blind_index
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

MAX_LENGTH: Final = {"name": 120, "email": 254, "phone": 40}
_UNSHOWN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


class BadDetailError(Exception):
    """A detail is not what it should be; nothing is stored, and it is not repeated.

    `detail` is name, email or phone; `reason` is malformed, too_long or card.
    """

    def __init__(self, detail: str, reason: str) -> None:
        super().__init__(f"{detail}: {reason}")
        self.detail, self.reason = detail, reason


class DetailsChangedError(Exception):
    """Somebody else changed them since they were looked at."""


@sensitive_variables()
def give_contact_details(*, visitor: Visitor, given: ContactDetails, now: datetime) -> Contact:
    """Store what a visitor says of themselves, in a form before the chat or in "leave your e-mail".

    A visitor adds to what is known and takes nothing away: what is empty or None is left as it is. Call it from a
    thread, inside the tenant's scope or outside; afterwards, or before with `start_conversation` in one scope, as the
    form has it. A visitor without a session gets one, as when they begin a conversation:

        with tenant_scope(visitor.tenant_id):
            begun, visitor = start_conversation(visitor=visitor, client_id=client_id, now=now)
            give_contact_details(visitor=visitor, given=ContactDetails(name="…", email="…"), now=now)

    How often one browser may do so is for the caller to limit, as with messages.

    Raises:
        ConsentRequiredError: They have not read, or not agreed to, the notice in force.
        IdentityRequiredError: The site must vouch for visitors, and does not for this one.
        BadDetailError: One of them is no name, address or number, or holds a card number. Nothing is stored. Put what
            it says next to the field.
        VisitorBlockedError: An agent has blocked the visitor.
        SessionReplacedError: They are known by another token by now.
        MaskingError: The masker could not finish; nothing is stored.
    """
    wanted = ContactDetails(**{detail: text for detail, text in given.given() if text.strip()})
    with tenant_scope(visitor.tenant_id):
        require_told(visitor, None)
        require_vouched(visitor, now)
        session = sessions.session_for(visitor, now=now)
        # Conversations before the person, as everybody locks them: what an address has proven may end with it.
        proof_endings.locked_proofs(contact_id=session.contact_id, ended_at=None)
        contact = _locked(session.contact_id)
        if contact.blocked_at is not None:
            raise VisitorBlockedError
        changed = _change(contact, wanted, Actor.visitor(session.id), now)
        for conversation in Conversation.objects.of_contact(contact.id).open() if changed else ():
            broadcast.conversation_changed(conversation)
    return contact


@sensitive_variables("email")
def leave_address(*, visitor: Visitor, email: str, now: datetime) -> None:
    """Keep where the answer to a conversation that has begun can reach its visitor.

    Raises:
        ConversationNotFoundError: They have begun none; until then nothing is stored of a visitor.
        BadDetailError: It is no address, or empty, or holds a card number.
        ConsentRequiredError, VisitorBlockedError, MaskingError: As `give_contact_details`.
    """
    if visitor.contact_id is None:
        raise ConversationNotFoundError
    if not email.strip():
        raise BadDetailError("email", "malformed")
    give_contact_details(visitor=visitor, given=ContactDetails(email=email), now=now)


@sensitive_variables()
def change_contact_details(
    *, conversation_id: UUID, given: ContactDetails, seen: datetime | None, actor: Membership, now: datetime
) -> Conversation:
    """Store what a member says of the person of a conversation.

    Args:
        seen: When the details were last changed, as the member's form knows it.

    Raises:
        NotPermittedError: The member may not answer.
        ConversationNotFoundError: There is no such conversation in the member's organisation.
        DetailsChangedError: They are not what the member saw; nothing is stored.
        BadDetailError: As for a visitor.
        MaskingError: As for a visitor.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    conversation = locked(conversation_id)
    contact = _locked(conversation.contact_id)
    if contact.details_changed_at != seen:
        raise DetailsChangedError
    if _change(contact, given, Actor.member(actor), now):
        broadcast.conversation_changed(conversation)
    return conversation


@sensitive_variables()
def rectify_contact(
    *, contact_id: UUID, given: ContactDetails, seen: datetime | None, actor: Membership, now: datetime
) -> list[str]:
    """Store what a person asks to be put right; return the names of the details that changed.

    Args:
        seen: As `change_contact_details`.

    Raises:
        NotPermittedError: The member may not handle requests.
        Contact.DoesNotExist: They are gone.
        DetailsChangedError, BadDetailError, MaskingError: As `change_contact_details`.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    # Conversations before the person, as everybody locks them.
    going_on = list(Conversation.objects.of_contact(contact_id).open().order_by("id").select_for_update(of=("self",)))
    contact = _locked(contact_id)
    if contact.details_changed_at != seen:
        raise DetailsChangedError
    changed = _change(contact, given, Actor.member(actor), now)
    for conversation in going_on if changed else ():
        broadcast.conversation_changed(conversation)
    return changed


@sensitive_variables()
def call(contact_id: UUID, subject: str) -> None:
    """Note what the organisation's site calls a contact: once, and exactly so.

    Raises:
        TokenRefusedError: It holds a card number, which is not kept.
        MaskingError: As for a visitor.
    """
    contact = _locked(contact_id)
    rule_set = rule_sets.current(contact.tenant_id)
    masked = ingest(subject, surface=surfaces.CONTACT_FIELD, rule_set=rule_set)
    if masked.text != subject:
        raise TokenRefusedError(Refusal.BAD_CLAIM, "sub")
    _set(contact, "subject", masked)
    contact.masked_with = rule_set.number
    contact.save(update_fields=["subject", "subject_token", "masked_with"])


@sensitive_variables()
def keep_as_told(contact_id: UUID, given: ContactDetails, actor: Actor, *, now: datetime) -> None:
    """Store what the organisation's site says of a contact; a detail that is none, or holds a card number, is left out.

    Raises:
        MaskingError: As for a visitor.
    """
    contact = _locked(contact_id)
    for detail, text in given.given():
        try:
            _change(contact, ContactDetails(**{detail: text}), actor, now)
        except BadDetailError as error:
            logger.info("a detail was left out", extra={"reason": error.reason})


def _locked(contact_id: UUID) -> Contact:
    contact: Contact = Contact.objects.select_for_update().get(id=contact_id)
    return contact


@sensitive_variables()
def _change(contact: Contact, given: ContactDetails, actor: Actor, now: datetime) -> list[str]:
    """Store and record what is different; return the names of the details that are."""
    rule_set = rule_sets.current(contact.tenant_id)
    cleaned = {detail: _cleaned(detail, text, rule_set) for detail, text in given.given()}
    had_one = contact.email is not None
    changed = [detail for detail, text in cleaned.items() if _set(contact, detail, text)]
    if not changed:
        return []
    contact.details_changed_at, contact.masked_with = now, rule_set.number
    if "email" in changed:
        _note_address(contact, had_one, actor, now)
    contact.save(
        update_fields=[
            *changed,
            *(f"{detail}_token" for detail in changed if detail in INDEXED),
            "details_changed_at",
            "masked_with",
            "email_replaced_at",
        ]
    )
    people.forget_name(contact.tenant_id, contact.id)
    audit.record(actor, audit_events.CONTACT_CHANGED, contact, at=now, details=", ".join(changed))
    return changed


def _note_address(contact: Contact, had_one: bool, actor: Actor, now: datetime) -> None:
    """Let no code go to an address that a visitor put in another's place, before somebody of the team has looked at it:
    whoever sits at their browser could give an address of their own. What the former one has proven is over."""
    contact.email_replaced_at = now if had_one and actor.kind == ActorKind.VISITOR else None
    proof_endings.end_of_address(contact.id, actor=actor, now=now)


@sensitive_variables()
def _set(contact: Contact, detail: str, text: MaskedText) -> bool:
    """Put a detail and its token into the row; return whether it is another than before."""
    slot, before = Contact.slot(contact.tenant_id, contact.id, detail), contact.sealed(detail)
    sealed: SealedText | None = None
    if not text.text:
        is_changed = before is not None
    elif before is None:
        sealed, is_changed = seal_masked(slot, text), True
    else:
        sealed = remask(slot, before, lambda _: text)
        is_changed = sealed is not None
    if is_changed:
        setattr(contact, detail, sealed)
        if detail in INDEXED:
            token = blind_index.token_of(contact.tenant_id, blind_index.Field(detail), text.text) if text.text else None
            setattr(contact, f"{detail}_token", token)
    return is_changed


@sensitive_variables()
def _cleaned(detail: str, text: str, rule_set: RuleSetInForce) -> MaskedText:
    """Return a detail as it is kept: one line, without what must not be kept."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if len(text) > MAX_LENGTH[detail]:
        raise BadDetailError(detail, "too_long")
    if any(unicodedata.category(letter) in _UNSHOWN for letter in text):
        raise BadDetailError(detail, "malformed")
    masked = ingest(text, surface=surfaces.CONTACT_FIELD, rule_set=rule_set)
    if masked.text == text:
        if text and detail in INDEXED:
            _check(detail, text)
        return masked
    # A name may stand with its mask; an address or a number with one would reach nobody.
    if detail in INDEXED:
        raise BadDetailError(detail, "card")
    return masked


def _check(detail: str, text: str) -> None:
    try:
        blind_index.check(blind_index.Field(detail), text)
    except blind_index.UnindexableError:
        raise BadDetailError(detail, "malformed") from None
