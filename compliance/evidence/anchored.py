"""What binds a pack from outside the database: the last anchor of its period, and the key that signed then."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from compliance.anchoring import keys
from compliance.anchoring.places import Folder
from compliance.audit_export import proof_in
from compliance.evidence.period import EvidenceError
from compliance.models import AnchorKey, PackFault
from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import BrokenError
from helpdesk.core import ed25519


def proof_before(folder: Folder, chain: UUID, *, through: int, end: datetime) -> dict[str, Any] | None:
    """Return the proof that the last anchor before an instant holds the chain; None if there was none by then.

    Raises:
        EvidenceError: The files of anchors are not there, or not as they were written.
    """
    try:
        files = [file for file in folder.files() if _day(file) <= end.date()]
        if not files and AnchorKey.objects.filter(made_at__lt=end).exists():
            raise EvidenceError(PackFault.NO_ANCHORS)
        for file in reversed(files):
            anchors = Anchors(verify=ed25519.is_signed).read(_lines_before(file, end), may_be_torn=True)
            if anchors.number:
                return proof_in(anchors, chain, through)
    except (OSError, BrokenError):
        raise EvidenceError(PackFault.NO_ANCHORS) from None
    return None


def key_at(end: datetime, *, now: datetime) -> AnchorKey:
    """Return the key that signed at an instant, or the first there is: a pack has the same signature for ever."""
    known = AnchorKey.objects.filter(made_at__lt=end).order_by("-number").first()
    first: AnchorKey | None = known or AnchorKey.objects.order_by("number").first()
    return first or keys.newest(now=now)


def _day(file: Path) -> date:
    return date.fromisoformat(file.stem.removeprefix("anchors-"))


def _lines_before(file: Path, end: datetime) -> Iterator[bytes]:
    for line in file.read_bytes().split(b"\n"):
        try:
            at = datetime.fromisoformat(json.loads(line)["at"])
        except (ValueError, KeyError, TypeError):
            yield line  # torn in writing: whoever reads anchors passes over it
            continue
        if at >= end:
            return
        yield line
