"""Envelopes and wrapped keys that were cut, flipped, moved or downgraded: how many there are, and how many open."""

from collections.abc import Callable, Iterator
from uuid import uuid4

from chat.models import Contact
from helpdesk.core import aead, clock
from tenants.encryption import Slot, column_of, opening, sealing
from tenants.keyring import ring
from tenants.keyring.models import ContactKey, Purpose, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.kms import KeyProviderError
from tenants.models import Tenant

TEXT = "a canary that must not show"
REFUSALS = (aead.UnreadableEnvelopeError, ring.KeyUnavailableError, KeyProviderError)


def tamper(acme: Tenant, globex: Tenant) -> tuple[int, int]:
    """Try everything; return how many were tried, and how many opened or named what they hold."""
    attempts = [*_envelopes(acme, globex), *_details(acme, globex), *_contact_keys(acme), *_tenant_keys(acme, globex)]
    return len(attempts), sum(map(_opens, attempts))


def _opens(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except REFUSALS as refused:
        return TEXT in f"{refused} {refused.__context__} {refused.__cause__}"
    return True


def _envelopes(acme: Tenant, globex: Tenant) -> Iterator[Callable[[], object]]:
    slot = _slot(acme)
    sealed = sealing.seal(slot, TEXT)
    for altered in _altered(sealed):
        yield lambda altered=altered: opening.open_sealed(slot, altered)
    other = _slot(acme)
    for place in (
        slot._replace(row_id=uuid4()), other, slot._replace(column=column_of("chat_message", "note")),
        slot._replace(column=column_of("chat_note", "body")),
        slot._replace(tenant_id=globex.id), _slot(globex)._replace(row_id=slot.row_id), slot._replace(contact_id=None),
        slot._replace(contact_id=other.contact_id), Contact.slot(acme.id, slot.contact_id, "name"),
    ):  # fmt: skip
        yield lambda place=place: opening.open_sealed(place, sealed)


def _details(acme: Tenant, globex: Tenant) -> Iterator[Callable[[], object]]:
    """A detail moved to another contact, column or organisation, or into a message."""
    owner, other = _slot(acme), _slot(acme)
    slot = Contact.slot(acme.id, owner.contact_id, "email")
    sealed = sealing.seal(slot, TEXT)
    for altered in _altered(sealed):
        yield lambda altered=altered: opening.open_sealed(slot, altered)
    for place in (
        Contact.slot(acme.id, owner.contact_id, "name"), Contact.slot(acme.id, other.contact_id, "email"),
        Contact.slot(globex.id, owner.contact_id, "email"), owner, owner._replace(row_id=slot.row_id),
        slot._replace(contact_id=other.contact_id), slot._replace(contact_id=None), slot._replace(row_id=uuid4()),
    ):  # fmt: skip
        yield lambda place=place: opening.open_sealed(place, sealed)


def _contact_keys(tenant: Tenant) -> Iterator[Callable[[], object]]:
    slot, other = _slot(tenant), _slot(tenant)
    with keys_scope(tenant.id):
        good = bytes(ContactKey.objects.get(contact_id=slot.contact_id).wrapped)
        moved = bytes(ContactKey.objects.get(contact_id=other.contact_id).wrapped)
    for wrapped in [moved, *_altered(good)]:
        yield lambda wrapped=wrapped: _with_contact_key(tenant, slot, wrapped)


def _with_contact_key(tenant: Tenant, slot: Slot, wrapped: bytes) -> None:
    with keys_scope(tenant.id):
        good = bytes(ContactKey.objects.get(contact_id=slot.contact_id).wrapped)
        ContactKey.objects.filter(contact_id=slot.contact_id).update(wrapped=wrapped)
    ring.forget_cached_keys(tenant.id)
    try:
        ring.contact_cipher(tenant.id, slot.contact_id)
    finally:
        # One that does not open would keep the old content key from being destroyed.
        with keys_scope(tenant.id):
            ContactKey.objects.filter(contact_id=slot.contact_id).update(wrapped=good)


def _tenant_keys(acme: Tenant, globex: Tenant) -> Iterator[Callable[[], object]]:
    with keys_scope(acme.id):
        files = TenantKey.objects.get(purpose=Purpose.FILES)
        audit = bytes(TenantKey.objects.get(purpose=Purpose.AUDIT).wrapped)
    with keys_scope(globex.id):
        theirs = bytes(TenantKey.objects.get(purpose=Purpose.FILES).wrapped)
    for wrapped in [audit, theirs, *_altered(bytes(files.wrapped))]:
        yield lambda wrapped=wrapped: _with_tenant_key(acme, wrapped)


def _with_tenant_key(tenant: Tenant, wrapped: bytes) -> None:
    with keys_scope(tenant.id):
        good = bytes(TenantKey.objects.get(purpose=Purpose.FILES).wrapped)
        TenantKey.objects.filter(purpose=Purpose.FILES).update(wrapped=wrapped)
    ring.forget_cached_keys(tenant.id)
    try:
        ring.tenant_cipher(tenant.id, Purpose.FILES)
    finally:
        with keys_scope(tenant.id):
            TenantKey.objects.filter(purpose=Purpose.FILES).update(wrapped=good)


def _altered(good: bytes) -> Iterator[bytes]:
    """Cut at every length, each bit flipped, other formats and versions in front, something behind."""
    yield from (good[:length] for length in range(len(good)))
    for bit in range(len(good) * 8):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)
    yield from (bytes([form]) + good[1:] for form in (0, 2, 255))
    yield from (good[:1] + version.to_bytes(4, "big") + good[5:] for version in (0, 2, 2**32 - 1))
    yield good + b"\0"


def _slot(tenant: Tenant) -> Slot:
    contact_id = uuid4()
    ring.create_contact_key(tenant.id, contact_id, now=clock.now())
    return Slot(tenant.id, contact_id, column_of("chat_message", "body"), uuid4())
