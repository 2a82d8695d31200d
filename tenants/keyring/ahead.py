"""Unwrap contacts' keys ahead of their use, on the event loop: of many sockets in one round trip.

`ring.contact_cipher` asks the database where a key is not at hand, which on the loop means a hop to a thread for each
contact. Sockets have the keys of what they are about to seal or open loaded here first.
"""

import asyncio
from collections.abc import Iterable
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from helpdesk.core.aead import UnreadableEnvelopeError
from helpdesk.core.threads import at_once
from tenants.keyring import ring
from tenants.keyring.models import ContactKey, Purpose
from tenants.keyring.scope import ALIAS
from tenants.keyring.standing import lifetime_by
from tenants.pipelined import Statement
from tenants.reading import read

_CONTENT: Final = Purpose.CONTENT.value
_KEYS: Final = """
SELECT contact_id, version, wrapped FROM keyring_contactkey
WHERE tenant_id = %(tenant)s AND contact_id = ANY(%(contacts)s::uuid[]) ORDER BY version
"""
_STANDING: Final = "SELECT status, hipaa_state, pci_state FROM tenants_tenant WHERE id = %(tenant)s"

# By organisation, the contacts that are asked for in this turn of the loop, and what loads their keys in the next.
_Gathering = dict[UUID, tuple[set[UUID], "asyncio.Task[None]"]]
_gathering: WeakKeyDictionary[asyncio.AbstractEventLoop, _Gathering] = WeakKeyDictionary()


async def have_contact_keys(tenant_id: UUID, contact_ids: Iterable[UUID]) -> None:
    """Return when the newest keys of these contacts are at hand; of one that has none, `ring.contact_cipher` tells.

    Raises:
        KeyProviderError: The provider cannot unwrap the organisation's content key, or it is suspended or closed.
        psycopg.Error, TimeoutError: The database does not answer.
    """
    missing = [
        contact_id for contact_id in contact_ids if ring._cache.get((tenant_id, contact_id, _CONTENT, None)) is None
    ]
    if not missing:
        return
    gathering = _gathering.setdefault(asyncio.get_running_loop(), {})
    if tenant_id not in gathering:
        wanted: set[UUID] = set()
        gathering[tenant_id] = wanted, asyncio.create_task(_load(gathering, tenant_id, wanted))
    wanted, load = gathering[tenant_id]
    wanted.update(missing)
    await asyncio.shield(load)


async def _load(gathering: _Gathering, tenant_id: UUID, wanted: set[UUID]) -> None:
    del gathering[tenant_id]  # who asks from now on asks anew
    ring._listener.ensure()
    epoch = ring._cache.epoch(tenant_id)
    keys = Statement(tenant_id, _KEYS, {"tenant": tenant_id, "contacts": list(wanted)})
    [standing], [wrapped] = await asyncio.gather(
        read(Statement(tenant_id, _STANDING, {"tenant": tenant_id})), read(keys, using=ALIAS)
    )
    lifetime_s = lifetime_by(standing[0] if standing else None)
    # In a thread if the content key itself has to be unwrapped, which may ask a provider.
    await at_once(_keep, tenant_id, wrapped, lifetime_s, epoch)


def _keep(
    tenant_id: UUID, wrapped: Iterable[tuple[UUID, int, bytes]], lifetime_s: float, epoch: tuple[int, int]
) -> None:
    for contact_id, version, key in wrapped:
        row = ContactKey(tenant_id=tenant_id, contact_id=contact_id, version=version, wrapped=key)
        try:
            cipher = ring._unwrapped_contact_key(tenant_id, row)
        except (ring.KeyUnavailableError, UnreadableEnvelopeError):
            continue
        # In order of version: the newest stays as the one to seal with.
        for known_as in (version, None):
            ring._cache.put((tenant_id, contact_id, _CONTENT, known_as), cipher, lifetime_s=lifetime_s, epoch=epoch)
