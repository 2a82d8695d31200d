import pytest

from compliance import audit, audit_chain, audit_events
from compliance.verifier.entries import Entry
from tenants.actors import Actor
from tenants.scoping import tenant_scope
from tests.support.trails import chain_of


@pytest.fixture
def told(acme, now):
    """Write entries into Acme's trail, which wait to be sealed."""

    def told(count: int = 1, **facts: object) -> None:
        with tenant_scope(acme):
            for number in range(count):
                audit.record(Actor.system(), audit_events.RETENTION_PURGED, acme, at=now, number=number, **facts)

    return told


@pytest.fixture
def sealed(acme, told):
    """Write entries and seal them; return Acme's chain as it is hashed."""

    def sealed(count: int = 1, **facts: object) -> list[Entry]:
        told(count, **facts)
        audit_chain.seal(acme.id)
        return chain_of(acme)

    return sealed
