"""What is looked at in the restored databases, each by the product's own means. Nothing of what was said is kept."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg
from django.db.migrations.loader import MigrationLoader

from compliance import audit_chain, registry
from compliance.anchoring.places import Folder
from compliance.audit_chain import Verdict
from compliance.drill.found import Opened
from compliance.drill.standing_in import Restored
from compliance.models import AnchorKey
from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import OPERATORS, plain
from helpdesk.core import ed25519
from tenants import guard
from tenants.encryption import Slot
from tenants.encryption.trying import opens
from tenants.keyring.models import OwnKey
from tenants.keyring.router import KeysRouter
from tenants.keyring.scope import keys_scope
from tenants.keyring.standing import USABLE
from tenants.kms import KeyProviderError
from tenants.models import Tenant
from tenants.scoping import tenant_scope

#: People who are looked for at a time.
PAGE: Final = 1_000
#: Clocks of hosts differ by less, so that an anchor of before then speaks of nothing that the backup has not.
CLOCKS: Final = timedelta(minutes=1)
_APPLIED: Final = "SELECT app, name FROM django_migrations"
Envelopes = list[tuple[Slot, bytes]]


def pending(content_url: str, keys_url: str) -> int:
    """Return how many migrations of this release the restored databases have not seen."""
    wanted = set(MigrationLoader(None, ignore_no_migrations=True).graph.nodes)
    of_keys = {node for node in wanted if node[0] == KeysRouter.app_label}
    return len(wanted - of_keys - _applied(content_url)) + len(of_keys - _applied(keys_url))


def _applied(url: str) -> set[tuple[str, str]]:
    try:
        with psycopg.connect(url) as connection:
            return {(app, name) for app, name in connection.execute(_APPLIED)}
    except psycopg.errors.UndefinedTable:
        return set()


def unsafe() -> str:
    """Return by what the restored databases would let rows be seen that are none of the reader's; empty if by nothing.

    The service itself would refuse to start on them.
    """
    try:
        for alias in ("default", "keys"):
            guard.check_alias(alias)
    except guard.UnsafeDatabaseError as error:
        return str(error)
    return ""


def anchors_until(folder: Folder, made_at: datetime) -> Anchors:
    """Return the newest day of anchors that were kept before a backup was begun, each verified.

    Raises:
        BrokenError: They were tampered with.
        OSError: They cannot be read.
    """
    until = made_at - CLOCKS
    keys = [plain(public) for public in AnchorKey.objects.order_by("number").values_list("public", flat=True)]
    for file in reversed(folder.files()):
        anchors = Anchors(keys=keys, verify=ed25519.is_signed)
        anchors.read(_lines_until(file, until), may_be_torn=True)
        if anchors.number:
            return anchors
    return Anchors()


def _lines_until(file: Path, until: datetime) -> Iterator[bytes]:
    with file.open("rb") as lines:
        for line in lines:
            if _is_later(line, until):
                return
            yield line.rstrip(b"\n")


def _is_later(line: bytes, until: datetime) -> bool:
    try:
        return datetime.fromisoformat(json.loads(line)["at"]) > until
    except (ValueError, TypeError, KeyError):
        return False  # torn or tampered with: whoever reads them on says so


def trails(anchors: Anchors) -> Iterator[Verdict]:
    """Verify every chain of the databases in place, each up to its newest anchored head."""
    for chain in [*Tenant.objects.order_by("id").values_list("id", flat=True), OPERATORS]:
        head = anchors.heads.get(chain.bytes)
        yield audit_chain.verify(chain, anchored={} if head is None else {head[0]: head[1]})


def standing_of_tenants() -> Mapping[UUID, str]:
    """Return the organisations in the directory, and how each stands."""
    return dict(Tenant.objects.order_by("id").values_list("id", "status"))


def sample(restored: Restored, tenant_id: UUID, *, usable: bool, limit: int) -> Opened:
    """Try a sample of an organisation's texts: with the restored keys, and of who was erased since with the live ones.

    Args:
        usable: Whether the organisation's keys may be used at all; a suspended one's are not, here as elsewhere.
    """
    erased = _erased(restored, tenant_id, limit=limit)
    readable = sum(_opens(slot, sealed) is True for slot, sealed in erased)
    with restored.in_place():
        with tenant_scope(tenant_id):
            envelopes = [one for store in registry.samples() for one in store.spread(limit=limit)]
        found = [(slot, _opens(slot, sealed) if usable else None) for slot, sealed in envelopes]
        brought = _has_own_key(tenant_id)
    closed = [slot for slot, opened in found if opened is False or (opened is None and usable and not brought)]
    opened = sum(opened is True for _, opened in found)
    return Opened(
        opened=opened,
        # Whose key went between the two dumps was erased meanwhile.
        closed=sum(not _is_gone(tenant_id, slot) for slot in closed),
        withheld=len(found) - opened - len(closed),
        unreadable=len(erased) - readable,
        readable=readable,
    )


def may_open(status: str) -> bool:
    """Whether the keys of an organisation that stands so are used."""
    return status in USABLE


def _erased(restored: Restored, tenant_id: UUID, *, limit: int) -> Envelopes:
    """Return texts in the backup of people who are not there any more."""
    found: Envelopes = []
    for store in registry.samples():
        last: UUID | None = None
        while len(found) < limit:
            with restored.in_place(), tenant_scope(tenant_id):
                people = store.people(after=last, limit=PAGE)
            with tenant_scope(tenant_id):
                gone = set(people) - store.present(people)
            if gone:
                with restored.in_place(), tenant_scope(tenant_id):
                    found += store.of_people(gone, limit=limit - len(found))
            if len(people) < PAGE:
                break
            last = people[-1]
    return found


def _is_gone(tenant_id: UUID, slot: Slot) -> bool:
    if slot.contact_id is None:
        return False
    with tenant_scope(tenant_id):
        return not any(store.present([slot.contact_id]) for store in registry.samples())


def _opens(slot: Slot, sealed: bytes) -> bool | None:
    """Whether it opens; None where whoever holds the key does not let it be used."""
    try:
        return opens(slot, sealed)
    except KeyProviderError:
        return None


def _has_own_key(tenant_id: UUID) -> bool:
    with keys_scope(tenant_id):
        return bool(OwnKey.objects.exists())
