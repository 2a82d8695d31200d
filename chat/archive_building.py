"""Put together what a request for access hands out: one ZIP file, sealed while it is written, in no place in clear.

It holds what the visitor may see of everything they said (`chat.own_data`), their files, and who opened it, from the
audit trail. A job goes conversation by conversation, each in a transaction of its own, and says how far it is. What is
purged meanwhile is left out; a visitor who is erased meanwhile takes it with them. A job that was lost is taken
up from its beginning.
"""

import hashlib
import io
import json
import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.views.decorators.debug import sensitive_variables

from chat import archive_doors, merging, own_data
from chat.actions import request_erasing
from chat.actions.subject_requests import Step, add_step
from chat.files import sealed as sealed_files
from chat.files.store import store
from chat.models import Contact, Conversation, DataArchive
from chat.permissions import Visitor
from compliance import audit, audit_events
from compliance.lost_jobs import is_lost, unmoved
from compliance.models import RequestState, SubjectRequest
from helpdesk.core import clock
from tenants import policies
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.policy_names import ARCHIVE_LASTS
from tenants.scoping import tenant_scope
from tenants.tasks_base import tenant_task
from tenants.tenancy import Kind

#: A job that has not moved for so long has no worker any more.
LOST_AFTER: Final = timedelta(minutes=5)
DATA, PAGE, DISCLOSURES, FILES = "data.json", "index.html", "disclosures.json", "files"

logger = logging.getLogger(__name__)


class LostRunError(Exception):
    """Another worker has taken it up, or there is nothing to be put together any more."""


@dataclass
class Written:
    """What went into the archive, as it is written."""

    files: int = 0
    left_out: int = 0
    bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


@tenant_task(name="chat.build_archive", scope="by_batch", ids={"request_id": Kind.SUBJECT_REQUEST})
def build_archive(tenant: Tenant, *, request_id: str, **_: object) -> None:
    """Put together what one request hands out."""
    build(tenant=tenant, request_id=UUID(request_id), now=clock.now())


@sensitive_variables()
def build(*, tenant: Tenant, request_id: UUID, now: datetime) -> DataArchive | None:
    """Put the archive of a request together, and close the request. Opens the tenant's scope by itself.

    Returns:
        The archive; None where there is nothing to do, another worker is at it, or the visitor is gone.
    """
    archive = _begun(tenant, request_id, now)
    if archive is None:
        return None
    written = Written()
    try:
        kept, ids = _kept(tenant, archive)
        name, key = sealed_files.put_archive(archive, _pieces(tenant, archive, kept, ids, written))
    except LostRunError:
        return None
    return _finished(tenant, archive, name, key, written, kept)


def forgotten(*, now: datetime) -> list[UUID]:
    """Return the requests whose archive nobody is at. Call it inside the tenant's scope."""
    handed_out = SubjectRequest.objects.filter(
        unmoved("decided_at", LOST_AFTER, now=now), state=RequestState.CARRIED_OUT, kind__in=own_data.HANDED_OUT
    )
    moving = DataArchive.objects.exclude(unmoved("moved_at", LOST_AFTER, now=now)).values("request_id")
    return list(handed_out.exclude(id__in=moving).order_by("decided_at", "id").values_list("id", flat=True))


def _begun(tenant: Tenant, request_id: UUID, now: datetime) -> DataArchive | None:
    """Take the request, unless a worker is at it; what an earlier one has left goes."""
    with tenant_scope(tenant):
        rows = SubjectRequest.objects.select_for_update(of=("self",))
        wanted = rows.filter(id=request_id, state=RequestState.CARRIED_OUT, kind__in=own_data.HANDED_OUT)
        request = wanted.first()
        if request is None:
            return None
        contact = _contact_of(request)
        if contact is None:
            _give_back(request, now)
            return None
        archive: DataArchive | None = DataArchive.objects.select_for_update().filter(request=request).first()
        if archive is not None and not is_lost(archive.moved_at, LOST_AFTER, now=now):
            return None
        total = _conversations_of(merging.one_person(contact.id)).count()
        if archive is None:
            archive = DataArchive(tenant_id=tenant.id, request=request, contact=contact)
        archive.run, archive.moved_at, archive.done, archive.total = uuid4(), now, 0, total
        archive.save()
    return archive


def _kept(tenant: Tenant, archive: DataArchive) -> tuple[dict[str, Any], list[UUID]]:
    """Return what is known and was said, one conversation at a time, and the conversations there are."""
    with tenant_scope(tenant):
        contact = Contact.objects.filter(id=archive.contact_id).first()
        if contact is None:
            raise LostRunError
        kept = own_data.known_of(contact, _as_visitor(contact), tenant, now=archive.moved_at)
        person = merging.one_person(contact.id)
        if also := _known_besides(contact, person, tenant, archive.moved_at):
            kept["also_known_as"] = also
        ids = list(_conversations_of(person).order_by("created_at", "id").values_list("id", flat=True))
    for number, conversation_id in enumerate(ids, start=1):
        with tenant_scope(tenant):
            _move(archive, number, len(ids))
            found = Conversation.objects.select_related("contact").filter(id=conversation_id).first()
            if found is not None:
                kept["conversations"].append(own_data.conversation_of(found, _as_visitor(found.contact)))
    return kept, ids


@sensitive_variables()
def _pieces(
    tenant: Tenant, archive: DataArchive, kept: dict[str, Any], ids: list[UUID], written: Written
) -> Iterator[bytes]:
    """Yield the ZIP file as it comes about: files first, then what is to be read, which names them."""
    sink = _Sink(written)
    kept["files"] = listed = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as zipped:
        for conversation_id in ids:
            for attachment_id in _files_of(tenant, conversation_id):
                with tenant_scope(tenant):
                    file = archive_doors.file_of(attachment_id)
                if file is None:
                    written.left_out += 1
                    continue
                written.files += 1
                path = f"{FILES}/{written.files:04}-{file.name}"
                listed.append({"conversation": file.reference, "file": path, "at": file.at.isoformat()})
                own_data.add_to(zipped, path, file.content, archive.moved_at)
                yield from sink.taken()
        with tenant_scope(tenant):
            kept["disclosures"] = archive_doors.disclosures(merging.one_person(archive.contact_id), ids)
        for path, text in (
            (DATA, json.dumps(kept, ensure_ascii=False, indent=1)),
            (DISCLOSURES, json.dumps(kept["disclosures"], ensure_ascii=False, indent=1)),
            (PAGE, render_to_string("chat/proofs/export.html", kept)),
        ):
            own_data.add_to(zipped, path, text.encode(), archive.moved_at)
            yield from sink.taken()
    yield from sink.taken()


def _files_of(tenant: Tenant, conversation_id: UUID) -> list[UUID]:
    with tenant_scope(tenant):
        return archive_doors.files_of(conversation_id)


def _finished(
    tenant: Tenant, archive: DataArchive, name: UUID, key: bytes, written: Written, kept: dict[str, Any]
) -> DataArchive | None:
    """Keep what was stored and close the request; or let it go, where the visitor or the run is gone."""
    now = clock.now()
    with tenant_scope(tenant):
        rows = SubjectRequest.objects.select_for_update(of=("self",)).select_related("decided_by")
        request = rows.filter(id=archive.request_id, state=RequestState.CARRIED_OUT).first()
        ours = DataArchive.objects.select_for_update().filter(id=archive.id, run=archive.run).first()
        if request is None or ours is None:
            store().delete(tenant.id, name)
            if request is not None and _contact_of(request) is None:
                _give_back(request, now)
            return None
        hours = int(policies.in_force(tenant, ARCHIVE_LASTS).value)
        ours.stored, ours.key, ours.built_at, ours.expires_at = name, key, now, now + timedelta(hours=hours)
        ours.files, ours.left_out, ours.bytes = written.files, written.left_out, written.bytes
        ours.sha256, ours.done = written.digest.hexdigest(), ours.total
        ours.messages = sum(len(each["messages"]) for each in kept["conversations"])
        ours.save()
        actor = Actor.system() if request.decided_by is None else Actor.member(request.decided_by)
        add_step(request, Step.HANDED_OUT, now=now)
        audit.record(
            actor, audit_events.REQUEST_ARCHIVED, request, at=now, conversations=len(kept["conversations"]),
            messages=ours.messages, files=ours.files, left_out=ours.left_out, sha256=ours.sha256,
        )  # fmt: skip
        request_erasing.close(request, RequestState.ANSWERED, actor=actor, by=request.decided_by, now=now)
        made: DataArchive = ours
    return made


def _give_back(request: SubjectRequest, now: datetime) -> None:
    """The visitor was erased meanwhile: nothing is handed out, and whoever handles it says so."""
    request_erasing.put_back(request)
    add_step(request, Step.GONE, now=now)
    audit.record(Actor.system(), audit_events.REQUEST_SENT_BACK, request, at=now, gone=True)


def _contact_of(request: SubjectRequest) -> Contact | None:
    return None if request.contact_id is None else Contact.objects.filter(id=request.contact_id).first()


def _move(archive: DataArchive, done: int, total: int) -> None:
    """Say how far it is.

    Raises:
        LostRunError: It is not this worker's any more, or the visitor is gone.
    """
    ours = DataArchive.objects.filter(id=archive.id, run=archive.run)
    if not ours.update(moved_at=clock.now(), done=done, total=total):
        raise LostRunError


def _as_visitor(contact: Contact) -> Visitor:
    """As the visitor sees it: what only colleagues said to each other is not handed out."""
    return Visitor(contact.tenant_id, contact.id, b"", contact_id=contact.id)


def _conversations_of(person: list[UUID]) -> QuerySet[Conversation]:
    begun: QuerySet[Conversation] = Conversation.objects.filter(contact_id__in=person).begun()
    return begun


def _known_besides(contact: Contact, person: list[UUID], tenant: Tenant, now: datetime) -> list[dict[str, Any]]:
    """Return what is known of the same person by other contacts; what was said stands with the rest."""
    rows = Contact.objects.filter(id__in=person).exclude(id=contact.id).order_by("created_at", "id")
    known = [own_data.known_of(one, _as_visitor(one), tenant, now=now) for one in rows]
    return [{name: each[name] for name in ("you", "proves_it_by", "notices")} for each in known]


class _Sink(io.RawIOBase):
    """Takes a ZIP file that can't be gone back in, and gives it away piece by piece."""

    def __init__(self, written: Written) -> None:
        self._written, self._pieces = written, list[bytes]()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._written.bytes += len(piece)
        self._written.digest.update(piece)
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> list[bytes]:
        """Return what was written since."""
        taken, self._pieces = self._pieces, []
        return taken
