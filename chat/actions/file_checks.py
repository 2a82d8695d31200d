"""Look at a file before anybody is handed it: scan it, make it anew or read it, and let it pass, wait or be refused.

What takes long is done outside every transaction; what becomes of the file is written under its row's lock. A job that
runs twice, or beside another, does the same as one.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat import broadcast
from chat.files import sealed as sealed_files
from chat.files.decoding import decoded
from chat.files.kinds import KINDS, FileRefusedError
from chat.files.rules import FileRules
from chat.files.scanner import ScannerAwayError, is_harmful
from chat.files.sealed import UnreadableFileError
from chat.files.store import StoreAwayError, store
from chat.models import UNDER_WAY, Attachment, FileKind, FileState
from compliance import audit, audit_events, rule_sets, surfaces
from compliance.ingest import ingest
from compliance.lost_jobs import unmoved
from compliance.masking import MaskingError
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import Tenant
from tenants.policy_names import ALL_REFUSED, READABLE, REMADE_PASS, UNREAD
from tenants.scoping import tenant_scope
from tenants.tasks_base import tenant_task
from tenants.tenancy import Kind

logger = logging.getLogger(__name__)

#: After so long a check is taken for lost, and done again.
LOST_AFTER: Final = timedelta(minutes=2)
#: After so long nobody waits for a scanner any more.
HELD_FOR: Final = timedelta(hours=24)
BATCH: Final = 50
#: Read in pieces of so many characters: what stands on the border of two is in both.
PIECE: Final = 2_000
OVERLAP: Final = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a file; `content` is what it was made into, where it was."""

    state: FileState
    why: str = ""
    content: bytes | None = None


# Declared here and not with the other jobs: whoever takes a file sends it on its way.
@tenant_task(name="chat.check_file", scope="by_batch", ids={"attachment_id": Kind.ATTACHMENT})
def check_file(tenant: Tenant, *, attachment_id: str, **_: object) -> None:
    """Look at one file."""
    check_attachment(tenant=tenant, attachment_id=UUID(attachment_id), now=clock.now())


@sensitive_variables()
def check_attachment(*, tenant: Tenant, attachment_id: UUID, now: datetime) -> None:
    """Look at a file that is under way, and write down what becomes of it."""
    with tenant_scope(tenant):
        rows = Attachment.objects.filter(id=attachment_id, state__in=UNDER_WAY)
        attachment: Attachment | None = rows.select_related("conversation").first()
        # Read anew, as the modes may have been switched since the job was sent.
        rules = FileRules.of(Tenant.objects.get(id=tenant.id))
    if attachment is None:
        return
    contact_id = attachment.conversation.contact_id
    try:
        verdict = _judged(attachment, contact_id, rules, now)
        made = None
        if verdict.content is not None:
            made = sealed_files.put(tenant.id, contact_id, attachment_id, verdict.content)
    except (StoreAwayError, MaskingError) as error:
        # Nothing is known of it yet; the job that looks after files sends it again.
        logger.warning("a file could not be checked", extra={"reason": type(error).__name__})
        return
    _settle(tenant.id, attachment_id, verdict, made, now)


def due(*, now: datetime) -> list[UUID]:
    """Return the files of the organisation in scope whose check was lost, or that wait for a scanner."""
    # Few rows, of an index of their own.
    rows = Attachment.objects.filter(unmoved("uploaded_at", LOST_AFTER, now=now), state__in=UNDER_WAY)
    return list(rows.order_by("uploaded_at").values_list("id", flat=True)[:BATCH])


def _judged(attachment: Attachment, contact_id: UUID, rules: FileRules, now: datetime) -> Verdict:
    try:
        content = sealed_files.opened(attachment, contact_id)
        if not _scanned(content, attachment, rules):
            return _waits(attachment, now)
        return Verdict(FileState.READY, content=_looked_at(content, attachment, rules))
    except (UnreadableFileError, KeyUnavailableError):
        return Verdict(FileState.REFUSED, "damaged")
    except FileRefusedError as refused:
        return Verdict(FileState.REFUSED, refused.why)


def _waits(attachment: Attachment, now: datetime) -> Verdict:
    is_over = now - attachment.uploaded_at > HELD_FOR
    return Verdict(FileState.REFUSED, "unscanned") if is_over else Verdict(FileState.HELD)


def _scanned(content: bytes, attachment: Attachment, rules: FileRules) -> bool:
    """Whether a file may pass, or else has to wait for a scanner."""
    try:
        if is_harmful(content):
            raise FileRefusedError("infected")
    except ScannerAwayError:
        if rules.scanner == ALL_REFUSED:
            raise FileRefusedError("unscanned") from None
        return rules.scanner == REMADE_PASS and attachment.kind != FileKind.PDF
    return True


def _looked_at(content: bytes, attachment: Attachment, rules: FileRules) -> bytes | None:
    """Return what a picture was made into; None of what stays as it is."""
    if KINDS[FileKind(attachment.kind)].is_picture:
        return decoded("picture", content)
    text = content
    if attachment.kind == FileKind.PDF:
        # Also where nobody reads it: what can't be opened is not handed on.
        text = decoded("every-page" if rules.text == READABLE else "document", content)
    if rules.text != UNREAD:
        _require_harmless(text.decode("utf-8", "replace"), attachment.tenant_id)
    return None


def _require_harmless(text: str, tenant_id: UUID) -> None:
    rule_set = rule_sets.current(tenant_id)
    for piece in _pieces(text):
        if ingest(piece, surface=surfaces.FILE_TEXT, rule_set=rule_set).findings:
            raise FileRefusedError("sensitive")


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, max(len(text), 1), PIECE - OVERLAP):
        yield text[start : start + PIECE]


def _settle(
    tenant_id: UUID, attachment_id: UUID, verdict: Verdict, made: tuple[UUID, bytes] | None, now: datetime
) -> None:
    """Write down what becomes of a file, if nobody has; then let go of what is not needed any more."""
    unneeded = None if made is None else made[0]
    with tenant_scope(tenant_id):
        rows = Attachment.objects.select_for_update(of=("self",)).filter(id=attachment_id, state__in=UNDER_WAY)
        attachment: Attachment | None = rows.select_related("conversation").first()
        if attachment is not None and attachment.state != verdict.state:
            before = attachment.stored
            if made is not None and verdict.content is not None:
                attachment.stored, attachment.key = made
                attachment.kind, attachment.bytes = _kind_again(attachment), len(verdict.content)
            attachment.settle(verdict.state, why=verdict.why, now=now)
            attachment.save()
            unneeded = None if attachment.stored == before else before
            if verdict.state == FileState.REFUSED:
                audit.record(
                    Actor.system(), audit_events.FILE_REFUSED, attachment, at=now, why=verdict.why,
                    conversation=attachment.conversation_id,
                )  # fmt: skip
            broadcast.conversation_changed(attachment.conversation)
    if unneeded is not None:
        _let_go(tenant_id, unneeded)


def _kind_again(attachment: Attachment) -> str:
    return str(FileKind.PNG if attachment.kind == FileKind.GIF else attachment.kind)


def _let_go(tenant_id: UUID, name: UUID) -> None:
    try:
        store().delete(tenant_id, name)
    except StoreAwayError as error:
        # Its key is gone with the row's former one: nobody can open it.
        logger.warning("a file without a row was left in the store", extra={"reason": str(error)})
