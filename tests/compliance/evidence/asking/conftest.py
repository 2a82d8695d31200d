"""Packs of evidence that an auditor asks for."""

from datetime import timedelta

import pytest

from compliance import tasks
from compliance.models import AuditEntry, EvidencePack
from helpdesk.core import clock
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member

PAGE = "/o/acme/settings/evidence/"


@pytest.fixture(autouse=True)
def anchors(tmp_path, settings):
    settings.AUDIT_ANCHORS = tmp_path / "anchors"


@pytest.fixture
def auditor(client, sign_in, acme, now):
    return sign_in(client, make_member(acme, "Aude", Role.AUDITOR, now=now))


def days(back=40, length=9):
    last = clock.now().date() - timedelta(days=back)
    return {"first_on": (last - timedelta(days=length)).isoformat(), "last_on": last.isoformat()}


@pytest.fixture
def asked(auditor, acme):
    """Ask for a pack; return it as it is in the database."""

    def asked(**given):
        assert auditor.post(f"{PAGE}build/", given or days()).status_code == 302
        with tenant_scope(acme):
            return EvidencePack.objects.latest("asked_at", "id")

    return asked


@pytest.fixture
def work(acme):
    """Do what a worker does with a pack; return it."""

    def work(pack):
        tasks.build_evidence.for_tenant(acme.id).run_here(pack_id=pack.id)
        with tenant_scope(acme):
            return EvidencePack.objects.get(id=pack.id)

    return work


def told(acme, event):
    with tenant_scope(acme):
        return list(AuditEntry.objects.filter(event=event).order_by("id"))
