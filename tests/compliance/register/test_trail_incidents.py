"""A trail that does not hold is an incident of the organisation whose it is, and of nobody else."""

from types import SimpleNamespace

import pytest

from compliance import audit, audit_chain, audit_events, audit_watch
from compliance.anchoring import anchor as anchoring
from compliance.anchoring.places import Folder
from compliance.models import Incident
from tenants.actors import Actor
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(acme, now):
    """Acme's chain of three entries."""
    with tenant_scope(acme):
        for number in range(3):
            audit.record(Actor.system(), audit_events.RETENTION_PURGED, acme, at=now, number=number)
    audit_chain.seal(acme.id)


def entered(tenant):
    with tenant_scope(tenant):
        return list(Incident.objects.order_by("about").values_list("cause", "about", "records"))


def test_a_chain_that_is_not_what_was_anchored_is_entered_and_counted_again(acme, globex, sealed, now):
    other = SimpleNamespace(state=lambda: SimpleNamespace(heads={acme.id.bytes: (2, bytes(32))}))
    for tenant in (acme, acme, globex):
        audit_watch.verify_tenant(tenant, now=now, folder=other)

    assert entered(acme) == [("trail", "broken", 2)]
    assert entered(globex) == []


def test_one_that_holds_is_not(acme, sealed, now, tmp_path):
    audit_watch.verify_tenant(acme, now=now, folder=Folder(tmp_path))

    assert entered(acme) == []


def test_a_chain_whose_end_was_cut_off_is_entered_at_the_next_anchor_once(
    acme, globex, sealed, now, tmp_path, monkeypatch
):
    folder = Folder(tmp_path)
    anchoring.anchor(now=now, folder=folder)
    heads = audit_chain.heads()
    monkeypatch.setattr(audit_chain, "heads", lambda: heads | {acme.id: (1, bytes(32))})
    for _ in range(2):
        anchoring.anchor(now=now, folder=folder)

    assert entered(acme) == [("trail", "rewritten", 1)]
    assert entered(globex) == []
