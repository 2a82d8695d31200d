"""Reads of contacts, and what members are called. Nothing here opens an envelope."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Q

from chat import merging
from chat.models import ConsentReceipt, Contact, Conversation, VisitorSession
from tenants.models import Membership
from tenants.pipelined import Statement
from tenants.reading import read
from tenants.scoping import tenant_scope

NAMES_LIVE_S: Final = 60.0
PREVIOUS: Final = 10
SITES: Final = 5
FOUND: Final = 50

KEPT: Final = 10_000

_NAMES: Final = "SELECT id, name FROM chat_contact WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s::uuid[])"

_MEMBER_NAMES: Final = """
SELECT membership.id, person.name FROM tenants_membership AS membership
JOIN tenants_user AS person ON person.id = membership.user_id
WHERE membership.tenant_id = %(tenant)s AND membership.id = ANY(%(ids)s::uuid[])
"""

# Members' names.
_members: dict[tuple[UUID, UUID], tuple[float, str]] = {}
# Names as they are stored, sealed: an erased key closes them here too.
_names: dict[tuple[UUID, UUID], tuple[float, bytes | None]] = {}


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is known of a contact without opening anything."""

    first_seen: datetime
    # Whether a member has found that several contacts are this person.
    is_merged: bool
    # The newest, with its notice; None of who was not told, or not asked for a receipt.
    receipt: ConsentReceipt | None
    last_seen: datetime | None
    browsers: int
    sites: list[str]
    previous: list[Conversation]
    has_more: bool


def sealed_name(tenant_id: UUID, contact_id: UUID) -> bytes | None:
    """Return the envelope of a contact's name, known for a minute; None if there is none."""
    key = (tenant_id, contact_id)
    known = _names.get(key)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    with tenant_scope(tenant_id):
        held = Contact.objects.filter(id=contact_id).values_list("name", flat=True).first()
    name = None if held is None else bytes(held)
    _keep(tenant_id, contact_id, name)
    return name


async def have_names(tenant_id: UUID, contact_ids: Iterable[UUID]) -> None:
    """Return when `sealed_name` of these contacts asks nobody: on the loop, together with what other sockets ask.

    Raises:
        psycopg.Error, TimeoutError: The database does not answer.
    """
    now = time.monotonic()
    wanted = [one for one in contact_ids if (known := _names.get((tenant_id, one))) is None or known[0] <= now]
    if not wanted:
        return
    [rows] = await read(Statement(tenant_id, _NAMES, {"tenant": tenant_id, "ids": wanted}))
    held = dict.fromkeys(wanted) | dict(rows)
    for contact_id, name in held.items():
        _keep(tenant_id, contact_id, None if name is None else bytes(name))


def _keep(tenant_id: UUID, contact_id: UUID, name: bytes | None) -> None:
    if len(_names) > KEPT:
        _names.clear()
    _names[tenant_id, contact_id] = (time.monotonic() + NAMES_LIVE_S, name)


def forget_name(tenant_id: UUID, contact_id: UUID) -> None:
    """Drop a name that changes; other processes follow within a minute."""
    _names.pop((tenant_id, contact_id), None)


def member_name(tenant_id: UUID, membership_id: UUID) -> str:
    """Return a colleague's name, known for a minute; an empty one if there is no such member."""
    key = (tenant_id, membership_id)
    known = _members.get(key)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    with tenant_scope(tenant_id):
        name = Membership.objects.filter(id=membership_id).values_list("user__name", flat=True).first() or ""
    _keep_member(key, name)
    return name


async def have_member_names(tenant_id: UUID, ids: Iterable[UUID]) -> None:
    """Return when `member_name` of these asks nobody: on the loop, together with what other sockets ask.

    Raises:
        psycopg.Error, TimeoutError: The database does not answer.
    """
    now = time.monotonic()
    wanted = [one for one in ids if (known := _members.get((tenant_id, one))) is None or known[0] <= now]
    if wanted:
        [rows] = await read(Statement(tenant_id, _MEMBER_NAMES, {"tenant": tenant_id, "ids": wanted}))
        for membership_id, name in (dict.fromkeys(wanted, "") | dict(rows)).items():
            _keep_member((tenant_id, membership_id), name)


def _keep_member(key: tuple[UUID, UUID], name: str) -> None:
    if len(_members) > KEPT:
        _members.clear()
    _members[key] = (time.monotonic() + NAMES_LIVE_S, name)


def facts_of(conversation: Conversation) -> ContactFacts:
    """Return what the panel beside a conversation says of its person. Call it inside the tenant's scope."""
    merged = merging.one_person(conversation.contact_id)
    sessions = VisitorSession.objects.filter(contact_id=conversation.contact_id).aggregate(
        last_seen=Max("seen_at"),
        browsers=Count("id"),
        sites=ArrayAgg("origin", filter=~Q(origin=""), distinct=True, order_by="origin", default=[]),
    )
    others = Conversation.objects.filter(contact_id__in=_same_person(conversation.contact, merged)).begun()
    others = others.exclude(id=conversation.id)
    # Of the same person by another contact, who asked that it be not used.
    others = others.exclude(~Q(contact_id=conversation.contact_id), contact__restricted_at__isnull=False)
    previous = list(others.order_by("-created_at", "-id")[: PREVIOUS + 1])
    return ContactFacts(
        first_seen=conversation.contact.created_at,
        is_merged=len(merged) > 1,
        receipt=latest_receipt(conversation.contact_id),
        last_seen=sessions["last_seen"],
        browsers=sessions["browsers"],
        sites=sessions["sites"][:SITES],
        previous=previous[:PREVIOUS],
        has_more=len(previous) > PREVIOUS,
    )


def _same_person(contact: Contact, merged: list[UUID]) -> list[UUID]:
    """Return the contacts that are one person: those for whom the organisation's site vouched under one name, and those
    whom a member has made one, `merged`."""
    if contact.subject_token is None:
        return merged
    same = Contact.objects.filter(subject_token=contact.subject_token).order_by("-id")
    return list({*merged, *same.values_list("id", flat=True)[:FOUND]})


def latest_receipt(contact_id: UUID) -> ConsentReceipt | None:
    """Return the newest receipt of a notice, withdrawn or not, with its version. Call it inside the tenant's scope."""
    receipts = ConsentReceipt.objects.filter(contact_id=contact_id).select_related("notice")
    latest: ConsentReceipt | None = receipts.order_by("-given_at", "-id").first()
    return latest


def contacts_with(detail: str, tokens: Sequence[bytes]) -> list[Contact]:
    """Return the contacts of which a detail has one of the tokens. Call it inside the tenant's scope."""
    return list(Contact.objects.filter(**{f"{detail}_token__in": tokens}).order_by("-id")[:FOUND])


def conversations_of(contacts: Sequence[Contact], limit: int) -> list[Conversation]:
    """Return what was said with these contacts, newest first."""
    rows = Conversation.objects.begun().filter(contact__in=contacts)
    return list(
        rows.select_related("contact", "assignee__user", "started_by", "inbox", "team").order_by(
            "-last_message_at", "-id"
        )[:limit]
    )
