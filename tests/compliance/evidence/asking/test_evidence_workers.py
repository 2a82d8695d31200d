"""Packs of evidence are built whatever becomes of a worker, by one at a time, and given up at last."""

import pytest

from compliance import audit_chain, tasks
from compliance.evidence.building import Built
from compliance.evidence.packs import STALE_AFTER
from compliance.models import EvidencePack, PackFault, PackState
from compliance.models.evidence import MOST_TRIES
from helpdesk.core import clock
from tenants.models import Tenant, TenantStatus
from tenants.scoping import tenant_scope
from tenants.tasks_base import Enqueuer
from tests.compliance.evidence.asking.conftest import PAGE, told

pytestmark = pytest.mark.django_db


def leave(acme, *, state=PackState.BUILDING, tries=1):
    """Let a worker, or a task, be gone."""
    with tenant_scope(acme):
        EvidencePack.objects.update(state=state, moved_at=clock.now() - STALE_AFTER, tries=tries)


@pytest.fixture
def look_after(acme, monkeypatch):
    """Do what beat starts; return the packs of the organisation."""
    monkeypatch.setattr(Enqueuer, "delay", lambda found, **_: found.task.for_tenant(found.tenant_id).run_here())

    def look_after():
        tasks.take_up_every_tenants_evidence()
        with tenant_scope(acme):
            return list(EvidencePack.objects.order_by("asked_at", "id"))

    return look_after


@pytest.mark.parametrize(("state", "tries"), [(PackState.BUILDING, 1), (PackState.WAITING, 0)])
def test_a_pack_whose_worker_or_task_is_gone_is_built_by_itself(auditor, acme, asked, look_after, state, tries):
    asked()
    leave(acme, state=state, tries=tries)
    assert "it goes on by itself within minutes" in auditor.get(PAGE).text

    (done,) = look_after()

    assert (done.state, done.tries) == (PackState.READY, tries + 1)
    assert len(told(acme, "evidence.built")) == 1
    assert look_after()[0].finished_at == done.finished_at


class Killed(BaseException):
    """As a signal that nobody catches."""


def test_a_worker_that_is_killed_in_the_middle_leaves_a_pack_that_the_next_one_builds(acme, asked, look_after, work):
    pack = asked()

    def killed(*_, progress, **__):
        progress(1, 2)
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("compliance.evidence.packs.build", killed)
        with pytest.raises(Killed):
            work(pack)
    (left,) = look_after()
    assert (left.state, left.done, left.percent) == (PackState.BUILDING, 1, 50)
    leave(acme)

    (done,) = look_after()

    assert (done.state, done.tries, len(done.sha256)) == (PackState.READY, 2, 64)


def test_a_pack_of_a_closing_organisation_is_taken_up_too(acme, asked, look_after):
    asked()
    leave(acme)
    Tenant.objects.filter(id=acme.id).update(status=TenantStatus.CLOSING)

    assert look_after()[0].state == PackState.READY


def test_a_pack_that_somebody_is_at_is_not_taken_up(acme, asked, look_after):
    asked()

    assert look_after()[0].state == PackState.WAITING


def test_a_pack_that_loses_each_worker_is_given_up_and_can_be_asked_for_again(auditor, acme, asked, work, look_after):
    pack = asked()
    leave(acme, tries=MOST_TRIES)

    assert look_after()[0].fault == PackFault.LOST
    assert "lost again and again" in auditor.get(PAGE).text
    again = asked()
    assert again.id != pack.id
    assert work(again).state == PackState.READY


def test_a_worker_that_was_only_slow_stops_when_another_has_begun(acme, asked, work, monkeypatch):
    pack = asked()

    def lose(*_, progress, **__):
        with tenant_scope(acme):
            EvidencePack.objects.update(tries=2)
        progress(1, 2)

    with monkeypatch.context() as patched:
        patched.setattr("compliance.evidence.packs.build", lose)
        left = work(pack)

    assert (left.state, left.done, left.tries) == (PackState.BUILDING, 0, 2)
    assert told(acme, "evidence.built") == []


def test_a_worker_that_ends_after_another_has_begun_keeps_nothing(acme, asked, work, monkeypatch):
    pack = asked()

    def lose(*_, **__):
        with tenant_scope(acme):
            EvidencePack.objects.update(tries=2)
        return Built(1, "0" * 64, 1, 1)

    with monkeypatch.context() as patched:
        patched.setattr("compliance.evidence.packs.build", lose)
        left = work(pack)

    assert (left.state, left.sha256) == (PackState.BUILDING, "")


def test_a_pack_whose_task_was_lost_is_asked_for_again(auditor, acme, asked):
    pack = asked()
    with tenant_scope(acme):
        EvidencePack.objects.update(moved_at=clock.now() - STALE_AFTER)

    assert asked().id == pack.id
    assert "Begins in a moment" in auditor.get(PAGE).text
    assert len(told(acme, "evidence.asked")) == 2


def test_a_pack_that_another_worker_is_at_is_left_to_it(acme, asked, work):
    pack = asked()
    with tenant_scope(acme):
        EvidencePack.objects.update(state=PackState.BUILDING, moved_at=clock.now())

    assert work(pack).state == PackState.BUILDING


def test_a_pack_that_cannot_be_built_says_why(auditor, acme, asked, work, monkeypatch):
    monkeypatch.setattr("compliance.evidence.period.PAUSE_S", 0)
    monkeypatch.setattr(audit_chain, "seal", lambda *_, **__: -1)

    assert work(asked()).state == PackState.FAILED
    assert "Not built: the audit trail is being sealed." in auditor.get(PAGE).text
