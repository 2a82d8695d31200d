"""What conversations, visitors and their proofs hold of people, column by column, and to whom chat hands data on."""

from collections.abc import Iterator
from typing import Final

from chat.models import FormEndpoint, PaymentAccount
from compliance.models import RecordClass
from compliance.processing.terms import (
    CONTACT,
    CONTENT,
    DEED,
    DEVICE,
    FOUND,
    KNOWN_AS,
    MEMBERS,
    NOBODY,
    NONE,
    SECRET,
    VISITORS,
    Kept,
    Purpose,
    Rows,
)
from tenants.models import Tenant

OF_CHAT: Final = (
    Rows("chat.Assignment", MEMBERS, Purpose.WORK, RecordClass.CONVERSATION, {
        "membership": KNOWN_AS,
        "started_at ended_at": DEED,
        "conversation": NONE,
    }),
    Rows("chat.Attachment", VISITORS, Purpose.ANSWER, RecordClass.CONVERSATION, {
        "kind bytes stored": CONTENT,
        "state uploaded_at settled_at": DEED,
        "why": DEED("a name out of the code"),
        "conversation message": NONE,
        "key": NONE("the envelope of a key; moved to a new key of the contact by a use of its own"),
    }, also=(MEMBERS,)),
    Rows("chat.Availability", MEMBERS, Purpose.WORK, Kept.ORGANISATION, {
        "membership": KNOWN_AS,
        "status changed_at": DEED,
    }),
    Rows("chat.BusinessHours", NOBODY, Purpose.SETTINGS, Kept.ORGANISATION, {
        "is_on changed_at": NONE,
        "zone": NONE("a name of the time zone database"),
        "week": NONE("numbers of minutes"),
    }),
    Rows("chat.CannedResponse", NOBODY, Purpose.ANSWER, Kept.ORGANISATION, {
        "text masked_with changed_at deleted_at": NONE,
        "shortcut": NONE("letters and at most four digits, held by the database"),
    }),
    Rows("chat.ClosedDay", NOBODY, Purpose.SETTINGS, Kept.ORGANISATION, {
        "day": NONE,
        "name": NONE("shown to members; a name that holds a card number is refused"),
    }),
    Rows("chat.ConsentReceipt", VISITORS, Purpose.INFORM, RecordClass.RECEIPT, {
        "contact session": KNOWN_AS,
        "notice agreed gpc entry given_at withdrawn_at": DEED,
        "text_hash": DEED("a hash"),
        "region language": DEED("a name out of the code"),
    }),
    Rows("chat.Contact", VISITORS, Purpose.ANSWER, RecordClass.CONVERSATION, {
        "name email phone": CONTACT,
        "email_token phone_token": CONTACT("a keyed hash, to be found by"),
        "subject": KNOWN_AS,
        "subject_token": KNOWN_AS("a keyed hash, to be found by"),
        "created_at blocked_at details_changed_at email_replaced_at restricted_at objected_at": DEED,
        "masked_with": NONE,
    }),
    Rows("chat.Conversation", VISITORS, Purpose.ANSWER, RecordClass.CONVERSATION, {
        "contact started_by assignee": KNOWN_AS,
        "subject": CONTENT,
        "page referrer": DEVICE,
        "status created_at last_message_at waiting_since first_reply_at resolved_at": DEED,
        "inbox client_id team last_sequence last_public_sequence masked_with": NONE,
    }, also=(MEMBERS,)),
    Rows("chat.ContactMerge", VISITORS, Purpose.RIGHTS, RecordClass.CONVERSATION, {
        "kept merged made_by": KNOWN_AS,
        "made_at": DEED,
        "undo_until": NONE,
    }, also=(MEMBERS,)),
    Rows("chat.DataArchive", VISITORS, Purpose.RIGHTS, Kept.SPENT, {
        "contact request": KNOWN_AS,
        "stored": CONTENT,
        "built_at expires_at gone_at": DEED,
        "run moved_at total done messages files left_out bytes": NONE,
        "key": NONE("the envelope of a key; moved to a new key of the contact by a use of its own"),
        "sha256": NONE("a hash"),
    }),
    Rows("chat.EndpointKey", NOBODY, Purpose.FORMS, Kept.ORGANISATION, {
        "added_at retired_at": NONE,
        "point": NONE("the public half of a key"),
        "fingerprint": NONE("a hash"),
    }),
    Rows("chat.Finding", VISITORS, Purpose.PROTECT, RecordClass.CONVERSATION, {
        "start end": FOUND,
        "entity detector": FOUND("a name out of the code"),
        "last_four": FOUND("four digits of a card at most, held by the database (PCI DSS 3.4.1)"),
        "message rule_set_number": NONE,
    }),
    Rows("chat.FormEndpoint", NOBODY, Purpose.FORMS, Kept.ORGANISATION, {
        "changed_at": NONE,
        "address": NONE("an address of a system; one that holds a card number is refused"),
        "signing_seed": NONE("a key, sealed"),
        "signing_point": NONE("the public half of a key"),
    }),
    Rows("chat.FormKey", MEMBERS, Purpose.FORMS, Kept.ORGANISATION, {
        "membership": KNOWN_AS,
        "point": SECRET("the public half of a key"),
        "fingerprint": SECRET("a hash"),
        "browser": DEVICE("two names out of our own lists"),
        "enrolled_at revoked_at": DEED,
    }),
    Rows("chat.FormRequest", VISITORS, Purpose.FORMS, RecordClass.FORM, {
        "recipient session_id": KNOWN_AS,
        "looks": DEVICE("a hash"),
        "brand": FOUND,
        "last_four": FOUND("four digits of a card at most, held by the database (PCI DSS 3.4.1)"),
        "kind handling by_visitor state requested_at expires_at opened_at submitted_at viewed_at "
        "ended_at attempts tried_at outcome": DEED,
        "why": DEED("a name out of the code"),
        "conversation key endpoint_key unread_s": NONE,
        "name": NONE("as FormTemplate.name"),
        "fields": NONE("as FormTemplate.fields; never a value"),
        "token": KNOWN_AS("the payment provider's name of a card, of a shape that is checked"),
        "pay_session": KNOWN_AS("the payment provider's name of its page, of a shape that is checked"),
    }, also=(MEMBERS,)),
    Rows("chat.FormTemplate", NOBODY, Purpose.FORMS, Kept.ORGANISATION, {
        "kind handling is_on changed_at": NONE,
        "name": NONE("for everyone to read; one that holds a card number is refused"),
        "fields": NONE("labels for everyone to read; one that holds a card number is refused"),
    }),
    Rows("chat.IdentityKey", MEMBERS, Purpose.KNOW, Kept.ORGANISATION, {
        "made_by": KNOWN_AS,
        "created_at used_at retired_at": DEED,
        "algorithm place": NONE,
        "kid": NONE("made by us, at random"),
        "secret": NONE("a key, sealed"),
        "public": NONE("the public half of a key"),
    }),
    Rows("chat.Inbox", NOBODY, Purpose.SETTINGS, Kept.ORGANISATION, {
        "seen_at created_at": NONE,
        "name greeting": NONE("ours; nobody can change it yet"),
        "widget_key": NONE("made by us, at random"),
        "seen_origin": NONE("a site without path, only of those that the organisation names"),
    }),
    Rows("chat.MailedLink", VISITORS, Purpose.RETURN, RecordClass.LINK, {
        "contact session_id": KNOWN_AS,
        "address_token": KNOWN_AS("a keyed hash"),
        "token_hash": SECRET("a hash of what we made at random"),
        "code_hash": SECRET("a keyed hash of what we made at random"),
        "kind created_at mailed_at expires_at code_until tries tried_at": DEED,
        "conversation public_sequence": NONE,
    }),
    Rows("chat.MaskingReport", MEMBERS, Purpose.PROTECT, RecordClass.REPORT, {
        "reported_by decided_by": KNOWN_AS,
        "start end": FOUND,
        "entity detector": FOUND("a name out of the code"),
        "before after": FOUND("a shape: digits are nines, held by the database, and words are our own"),
        "value": FOUND("a shape of nines and a's, held by the database"),
        "words": FOUND("words of our own lexicon"),
        "kind reported_at state outcome reason decided_at": DEED,
        "message masked_now rule_set_number": NONE,
    }),
    Rows("chat.Message", VISITORS, Purpose.ANSWER, RecordClass.CONVERSATION, {
        "author_id client_id": KNOWN_AS,
        "body": CONTENT("sealed by SealedMessage, which is made of a MaskedText alone (chat.delivery)"),
        "kind author_kind posted_at": DEED,
        "conversation sequence public_sequence masked_with": NONE,
    }, also=(MEMBERS,)),
    Rows("chat.PaymentAccount", NOBODY, Purpose.FORMS, Kept.ORGANISATION, {
        "provider connected_at": NONE,
        "secret_key webhook_secret": NONE("a key, sealed"),
    }),
    Rows("chat.PreChatAnswer", VISITORS, Purpose.ANSWER, RecordClass.CONVERSATION, {
        "contact": KNOWN_AS,
        "label value": CONTENT,
        "conversation position masked_with": NONE,
    }),
    Rows("chat.PreChatField", NOBODY, Purpose.ANSWER, Kept.ORGANISATION, {
        "inbox kind label is_required position masked_with": NONE,
        "key": NONE("made by us, at random"),
    }),
    Rows("chat.ProofRequest", VISITORS, Purpose.KNOW, RecordClass.PROOF, {
        "contact asked_by session_id challenge_session_id": KNOWN_AS,
        "address_token": KNOWN_AS("a keyed hash, to be compared"),
        "scope": CONTENT,
        "code_hash": SECRET("a keyed hash of what we made at random"),
        "challenge": SECRET("made by us, at random"),
        "state method is_pinned asked_at expires_at proven_at ended_at code_until challenge_until": DEED,
        "why": DEED("a name out of the code"),
        "conversation masked_with": NONE,
    }, also=(MEMBERS,)),
    Rows("chat.Rating", VISITORS, Purpose.QUALITY, RecordClass.RATING, {
        "contact": KNOWN_AS,
        "value comment": CONTENT,
        "rated_at changed_at": DEED,
        "conversation scale masked_with": NONE,
    }),
    Rows("chat.ReadMark", VISITORS, Purpose.ANSWER, RecordClass.CONVERSATION, {
        "side sequence public_sequence": DEED,
        "conversation": NONE,
    }),
    Rows("chat.Team", NOBODY, Purpose.WORK, Kept.ORGANISATION, {
        "created_at deleted_at": NONE,
        "name": NONE("shown to members; a name that holds a card number is refused"),
    }),
    Rows("chat.TeamMember", MEMBERS, Purpose.WORK, Kept.ORGANISATION, {
        "membership": KNOWN_AS,
        "team joined_at": DEED,
    }),
    Rows("chat.UsedToken", VISITORS, Purpose.KNOW, Kept.SPENT, {
        "session_id": KNOWN_AS,
        "jti_hash": KNOWN_AS("a hash"),
        "expires_at": DEED,
    }),
    Rows("chat.VisitorFactor", VISITORS, Purpose.KNOW, RecordClass.CONVERSATION, {
        "contact": KNOWN_AS,
        "last_step": SECRET,
        "sealed_seed": SECRET("a key, sealed"),
        "tries tried_at confirmed_at": DEED,
    }),
    Rows("chat.VisitorPasskey", VISITORS, Purpose.KNOW, RecordClass.CONVERSATION, {
        "contact": KNOWN_AS,
        "sign_count": SECRET,
        "credential_id": SECRET("made by the device, at random"),
        "public_key": SECRET("the public half of a key"),
        "transports": DEVICE("names out of the standard, of a list of the library's"),
        "made_at used_at": DEED,
    }),
    Rows("chat.VisitorSession", VISITORS, Purpose.ANSWER, RecordClass.CONTACT, {
        "contact signed_with": KNOWN_AS,
        "token_hash former_hash": SECRET("a hash of what we made at random"),
        "origin": DEVICE("a site without path, only of those that the organisation names"),
        "created_at seen_at expires_at signed_until": DEED,
        "notice_hash": DEED("a hash"),
    }),
)  # fmt: skip


def recipients(tenant: Tenant) -> Iterator[tuple[str, str]]:
    """Yield to whom chat hands data of an organisation, as it has chosen. Call it inside its scope."""
    if (endpoint := FormEndpoint.objects.first()) is not None:
        yield f"Your own system at {endpoint.address}", "What visitors write in forms that go there, sealed for its key"
    if (account := PaymentAccount.objects.first()) is not None:
        yield account.get_provider_display(), "Cards, typed on its own page; brand and last four come back"
