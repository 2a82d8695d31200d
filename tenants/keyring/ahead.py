"""Unwrap contacts' keys ahead of their use, on the event loop: of many sockets in one round trip.

`ring.contact_cipher` asks the database where a key is not at hand, which on the loop means a hop to a thread for each
contact. Sockets have the keys of what they are about to seal or open loaded here first.
"""

import asyncio
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from helpdesk.core.threads import at_once
from helpdesk.core.together import Together
from tenants.keyring import ring
from tenants.keyring.scope import ALIAS
from tenants.keyring.standing import lifetime_by
from tenants.pipelined import Statement
from tenants.reading import read

_KEYS: Final = """
SELECT contact_id, version, wrapped FROM keyring_contactkey
WHERE tenant_id = %(tenant)s AND contact_id = ANY(%(contacts)s::uuid[]) ORDER BY version
"""
_STANDING: Final = "SELECT status, hipaa_state, pci_state FROM tenants_tenant WHERE id = %(tenant)s"


async def have_contact_keys(tenant_id: UUID, contact_ids: Iterable[UUID]) -> None:
    """Return when the newest keys of these contacts are at hand; of one that has none, `ring.contact_cipher` tells.

    Raises:
        KeyProviderError: The provider cannot unwrap the organisation's content key, or it is suspended or closed.
        psycopg.Error, TimeoutError: The database does not answer.
    """
    missing = [contact_id for contact_id in contact_ids if not ring.is_at_hand(tenant_id, contact_id)]
    if missing:
        await _loads.ask(tenant_id, missing)


async def _load(tenant_id: UUID, wanted: set[UUID]) -> None:
    epoch = ring.listened_epoch(tenant_id)
    keys = Statement(tenant_id, _KEYS, {"tenant": tenant_id, "contacts": list(wanted)})
    [standing], [wrapped] = await asyncio.gather(
        read(Statement(tenant_id, _STANDING, {"tenant": tenant_id})), read(keys, using=ALIAS)
    )
    lifetime_s = lifetime_by(standing[0] if standing else None)
    # In a thread if the content key itself has to be unwrapped, which may ask a provider.
    await at_once(ring.keep_contact_keys, tenant_id, wrapped, lifetime_s=lifetime_s, epoch=epoch)


_loads: Final = Together(_load)
