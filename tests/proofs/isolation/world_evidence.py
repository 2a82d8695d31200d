"""Evidence of a past period, ready to be taken along, with a word in its file."""

import hashlib
from datetime import datetime, timedelta

from compliance.models import EvidencePack, EvidencePart
from tenants.models import Membership


def a_pack(owner: Membership, word: str, now: datetime) -> None:
    """One of two days."""
    content = f"The evidence of {word}".encode()
    day = now.date() - timedelta(days=30)
    pack = EvidencePack.objects.create(
        tenant_id=owner.tenant_id, first_on=day, last_on=day + timedelta(days=1), state="ready", asked_by=owner,
        asked_at=now, moved_at=now, finished_at=now, bytes=len(content), sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    EvidencePart.objects.create(tenant_id=owner.tenant_id, pack=pack, number=0, content=content)
