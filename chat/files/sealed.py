"""Seal a file into the store, and open it again: each with a key of its own, which the contact's key seals.

Beside `chat.disclosure` the one place that opens what is kept: a file's key, never a text.
"""

from collections.abc import Iterator
from itertools import chain
from uuid import UUID, uuid4

from chat.files.store import FileMissingError, store
from chat.models.archive import DataArchive
from chat.models.attachment import Attachment
from helpdesk.core import stream
from helpdesk.core.aead import UnreadableEnvelopeError, new_key
from helpdesk.core.stream import UnreadableFileError
from tenants.encryption import opening
from tenants.encryption.sealing import seal

__all__ = ("UnreadableFileError", "opened", "opened_archive", "put", "put_archive")


def put(tenant_id: UUID, contact_id: UUID, attachment_id: UUID, content: bytes) -> tuple[UUID, bytes]:
    """Seal a file and keep it; return its name in the store, and the envelope of its key.

    Raises:
        StoreAwayError: It was not kept.
        KeyUnavailableError, KeyProviderError: The contact's key is gone, or its provider is silent.
    """
    key, name = new_key(), uuid4()
    envelope = seal(Attachment.slot(tenant_id, contact_id, attachment_id), key.hex())
    pieces = stream.seal_file(key, _pieces(content), _place(tenant_id, attachment_id, name))
    store().put(tenant_id, name, pieces)
    return name, envelope


def opened(attachment: Attachment, contact_id: UUID) -> bytes:
    """Return a stored file, whole.

    Raises:
        UnreadableFileError: It was altered, cut, exchanged, or is not there any more.
        KeyUnavailableError: The contact was erased.
        StoreAwayError: It can't be read just now.
    """
    if attachment.stored is None:
        raise UnreadableFileError
    tenant_id = attachment.tenant_id
    try:
        key = opening.open_sealed(Attachment.slot(tenant_id, contact_id, attachment.id), bytes(attachment.key))
        sealed = store().get(tenant_id, attachment.stored)
        place = _place(tenant_id, attachment.id, attachment.stored)
        return b"".join(stream.open_file(bytes.fromhex(key), sealed, place))
    except (UnreadableEnvelopeError, FileMissingError):
        raise UnreadableFileError from None


def put_archive(archive: DataArchive, pieces: Iterator[bytes]) -> tuple[UUID, bytes]:
    """Seal an archive into the store while it is made; return its name there, and the envelope of its key.

    Raises:
        StoreAwayError: It was not kept.
        KeyUnavailableError, KeyProviderError: The contact's key is gone, or its provider is silent.
    """
    key, name = new_key(), uuid4()
    tenant_id = archive.tenant_id
    envelope = seal(DataArchive.slot(tenant_id, archive.contact_id, archive.id), key.hex())
    store().put(tenant_id, name, stream.seal_file(key, pieces, _place(tenant_id, archive.id, name)))
    return name, envelope


def opened_archive(archive: DataArchive) -> Iterator[bytes]:
    """Return a stored archive in pieces. Its key and first piece are opened now, the rest as it is asked for.

    Raises:
        UnreadableFileError: It was altered or cut, or is not there any more; the last piece is not given then.
        KeyUnavailableError: The contact was erased.
    """
    if archive.stored is None or archive.key is None:
        raise UnreadableFileError
    tenant_id, name = archive.tenant_id, archive.stored
    try:
        slot = DataArchive.slot(tenant_id, archive.contact_id, archive.id)
        key = opening.open_sealed(slot, bytes(archive.key))
    except UnreadableEnvelopeError:
        raise UnreadableFileError from None
    place = _place(tenant_id, archive.id, name)
    pieces = stream.open_file(bytes.fromhex(key), _there(tenant_id, name), place)
    # An answer that has begun can't say that there is nothing.
    first = next(pieces, b"")
    return chain((first,), pieces)


def _there(tenant_id: UUID, name: UUID) -> Iterator[bytes]:
    try:
        yield from store().get(tenant_id, name)
    except FileMissingError:
        raise UnreadableFileError from None


def _place(tenant_id: UUID, attachment_id: UUID, name: UUID) -> bytes:
    return b"file|" + tenant_id.bytes + attachment_id.bytes + name.bytes


def _pieces(content: bytes) -> Iterator[bytes]:
    view = memoryview(content)
    for start in range(0, len(content), stream.CHUNK_BYTES):
        yield bytes(view[start : start + stream.CHUNK_BYTES])
