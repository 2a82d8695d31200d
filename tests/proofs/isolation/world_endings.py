"""What comes with an organisation's own key or its end: there only while tables are probed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from helpdesk.core import clock
from tenants.keyring.models import Destruction, OwnKey
from tenants.keyring.scope import keys_scope
from tenants.models import ClosureCertificate
from tenants.scoping import tenant_scope
from tests.proofs.isolation.models import KEY_MODELS
from tests.proofs.isolation.sides import World

# Of what comes with an organisation's own key or its end: there only while tables are probed.
ENDINGS: Final = frozenset({ClosureCertificate, OwnKey, Destruction})


@contextmanager
def endings(world: World, superuser_urls: dict[str, str]) -> Iterator[None]:
    """Give both organisations the rows that would change how the rest behaves, for as long as the block runs."""
    now = clock.now()
    for side in (world.acme, world.globex):
        tenant_id = side.tenant.id
        with tenant_scope(side.tenant):
            made = [ClosureCertificate.objects.create(tenant=side.tenant, step="keys", facts={}, at=now)]
        with keys_scope(tenant_id):
            made.append(OwnKey.objects.create(
                tenant_id=tenant_id, provider="vault", reference="transit/theirs", connected_at=now, changed_at=now
            ))  # fmt: skip
            made.append(Destruction.objects.create(
                tenant_id=tenant_id, tenant_keys=1, contact_keys=1, fingerprints=[], destroyed_at=now
            ))  # fmt: skip
        side.rows |= {row._meta.label: row.pk for row in made}
    try:
        yield
    finally:
        for model in ENDINGS:
            alias = "keys" if model in KEY_MODELS else "default"
            with psycopg.connect(superuser_urls[alias]) as superuser:
                superuser.execute("SET session_replication_role = replica")
                superuser.execute(f"DELETE FROM {model._meta.db_table}")
