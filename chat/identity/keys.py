"""An organisation's identity keys, as tokens are checked with them. Call these inside its scope."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from chat.identity.tokens import Algorithm, Claims, Refusal, TokenRefusedError, VerificationKey, verify
from chat.models import IdentityKey
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.encryption.small_secrets import open_secret

#: A key's last use is for whoever wonders whether it can go, and is not written at each use.
USED_TO_THE: Final = timedelta(minutes=1)


def audience_of(tenant_id: UUID) -> str:
    """Return what an organisation is called as the audience of a token: its id, which never changes."""
    return str(tenant_id)


def verified(token: object, *, tenant_id: UUID, now: datetime) -> tuple[Claims, IdentityKey]:
    """Return what a token says, and the key it is signed with. Nothing is stored.

    Raises:
        TokenRefusedError: It vouches for nobody.
        KeyUnavailableError, KeyProviderError: The secret it may be signed with can't be read.
    """
    rows = {row.kid: row for row in IdentityKey.objects.all()}
    keys = [
        VerificationKey(row.kid, Algorithm(row.algorithm), partial(_material, row) if row.is_active else None)
        for row in rows.values()
    ]
    claims = verify(token, keys=keys, audience=audience_of(tenant_id), now=now)
    return claims, rows[claims.kid]


def note_use(key: IdentityKey, *, now: datetime) -> None:
    """Remember that a token of a key was accepted."""
    if key.used_at is None or now - key.used_at > USED_TO_THE:
        IdentityKey.objects.filter(id=key.id).update(used_at=now)


def _material(row: IdentityKey) -> bytes:
    if row.public is not None:
        return bytes(row.public)
    try:
        return open_secret(row.secret_place, bytes(row.secret or b""))
    except UnreadableEnvelopeError:
        # The row was altered: its key is none of ours.
        raise TokenRefusedError(Refusal.UNKNOWN_KEY) from None
