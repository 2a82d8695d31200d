"""Find what was said with somebody by their e-mail address or telephone number, whole and exact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.views.decorators.debug import sensitive_variables

from chat import contact_disclosure, disclosure, people, queues
from chat.models import Contact
from chat.permissions import may_open_restricted
from chat.queues import ConversationRow
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.keyring import blind_index
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class Found:
    """The conversations with those who have the address or number, newest first, and how many people they are."""

    by: str
    people: int
    rows: list[ConversationRow]


@sensitive_variables("wanted")
def conversations_by_detail(*, wanted: str, member: Membership, now: datetime) -> Found:
    """Find the conversations of the contacts who have an e-mail address or telephone number. Recorded without it.

    Call it inside the tenant's scope. Letter case, spaces and punctuation of a number make no difference.

    Raises:
        NotPermittedError: The member may not read conversations.
        UnindexableError: It is neither an address nor a number with its country code.
    """
    require(member, Capability.READ_CONVERSATIONS)
    field = blind_index.field_of(wanted)
    tokens = blind_index.tokens_of(member.tenant_id, field, wanted)
    contacts = contact_disclosure.still_readable(people.contacts_with(field.value, tokens), field.value)
    if not may_open_restricted(member):
        contacts = [one for one in contacts if one.restricted_at is None]
    rows = queues.rows_of(people.conversations_of(contacts, LIMIT), member)
    audit.record(
        Actor.member(member), audit_events.CONTACTS_SEARCHED, member.tenant, at=now,
        by=field.value, contacts=len(contacts), conversations=len(rows),
    )  # fmt: skip
    return Found(field.value, len(contacts), disclosure.with_last_lines(rows, member, now=now))


@sensitive_variables("wanted")
def contacts_by_detail(*, wanted: str, member: Membership, now: datetime) -> list[Contact]:
    """Find who has an e-mail address or telephone number, for whoever handles what people ask about their data.

    Recorded without it. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not handle such requests.
        UnindexableError: It is neither an address nor a number with its country code.
    """
    require(member, Capability.HANDLE_REQUESTS)
    field = blind_index.field_of(wanted)
    tokens = blind_index.tokens_of(member.tenant_id, field, wanted)
    contacts = contact_disclosure.still_readable(people.contacts_with(field.value, tokens), field.value)
    audit.record(
        Actor.member(member), audit_events.CONTACTS_SEARCHED, member.tenant, at=now,
        by=field.value, contacts=len(contacts), conversations=0,
    )  # fmt: skip
    return contacts
