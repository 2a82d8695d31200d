"""The page of evidence: controls as they stand, packs asked for, built and taken along."""

import hashlib
from datetime import timedelta

import pytest

from compliance import audit_chain, tasks
from compliance.evidence.building import Built
from compliance.evidence.controls import observing
from compliance.evidence.packs import STALE_AFTER
from compliance.models import AuditEntry, EvidencePack, EvidencePart, PackFault, PackState
from compliance.models.evidence import MOST_TRIES
from helpdesk.core import clock
from tenants.models import Tenant, TenantStatus
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tasks_base import Enqueuer
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db
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


def test_every_control_stands_there_with_its_proof_and_clauses(auditor, acme):
    page = auditor.get(PAGE).text

    assert page.count('class="control control--') >= 15
    for words in ("Everyone has a second factor", "HIPAA: 164.308(a)(6)(i)", "No pack yet", "No data", "Next:"):
        assert words in page


def test_a_day_on_which_nobody_looked_is_said(auditor, acme, now):
    assert "A day was missed" not in auditor.get(PAGE).text
    Tenant.objects.filter(id=acme.id).update(created_at=now - timedelta(days=3))

    assert "A day was missed" in auditor.get(PAGE).text
    with tenant_scope(acme):
        observing.observe(acme, now=clock.now())
    assert "A day was missed" not in auditor.get(PAGE).text


def test_where_it_is_put_right_is_shown_to_who_may(client, sign_in, auditor, olive):
    assert "/settings/keys/" not in auditor.get(PAGE).text.partition("<main")[2]
    assert "/settings/keys/" in sign_in(client, olive).get(PAGE).text.partition("<main")[2]


def test_a_framework_shows_its_controls_alone_and_one_that_is_none_all(auditor):
    assert 'id="control-visitors"' not in auditor.get(f"{PAGE}?for=pci").text
    assert 'id="control-visitors"' in auditor.get(f"{PAGE}?for=soc2").text
    assert 'id="control-visitors"' in auditor.get(f"{PAGE}?for=nonsense").text


def test_a_pack_is_asked_for_built_and_taken_along(auditor, acme, asked, work):
    pack = asked()
    assert 'hx-trigger="every 2s"' in auditor.get(PAGE).text

    done = work(pack)

    assert done.state == PackState.READY
    assert done.sha256 in auditor.get(f"{PAGE}packs/").text
    answer = auditor.post(f"{PAGE}packs/{pack.id}/")
    content = answer.getvalue()
    assert hashlib.sha256(content).hexdigest() == done.sha256
    assert int(answer["Content-Length"]) == len(content)
    assert f'filename="acme-evidence-{pack.first_on}-{pack.last_on}.zip"' in answer["Content-Disposition"]
    (built,), (taken,) = told(acme, "evidence.built"), told(acme, "evidence.downloaded")
    assert (built.facts["sha256"], taken.facts["sha256"], taken.object_id) == (done.sha256, done.sha256, pack.id)


def test_taking_it_along_asks_for_a_factor_given_just_now(client, sign_in, acme, asked, work, olive):
    pack = work(asked())

    page = sign_in(client, olive, fresh=False).post(f"{PAGE}packs/{pack.id}/")

    assert page.status_code == 422
    assert "take evidence along" in page.text
    assert told(acme, "evidence.downloaded") == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"first_on": "2026-03-02", "last_on": "2026-03-01"}, "before the first"),
        ({"first_on": "2020-01-01", "last_on": "2026-01-01"}, "400 days at most"),
        ({"first_on": "2026-02-30", "last_on": "2026-03-01"}, "valid date"),
        ({"first_on": "2026-01-01", "last_on": "9999-12-31"}, "that is over"),
    ],
)
def test_days_that_cannot_be_used_are_marked(auditor, acme, given, words):
    page = auditor.post(f"{PAGE}build/", given)

    assert page.status_code == 422
    assert words in page.text
    with tenant_scope(acme):
        assert not EvidencePack.objects.exists()


def test_today_is_not_over(auditor):
    today = clock.now().date().isoformat()

    assert "that is over" in auditor.post(f"{PAGE}build/", {"first_on": today, "last_on": today}).text


def test_who_presses_twice_gets_one_pack(auditor, acme, asked):
    asked()
    asked()

    with tenant_scope(acme):
        assert EvidencePack.objects.count() == 1
    assert len(told(acme, "evidence.asked")) == 1


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


def test_older_packs_are_on_the_next_page(auditor, acme, asked, monkeypatch):
    monkeypatch.setattr("compliance.evidence_pages.selectors.SHOWN", 1)
    older, newer = asked(), asked(**days(back=60))

    first, second, beyond = (auditor.get(f"{PAGE}?page={number}").text for number in (1, 2, 3))

    assert (f"{newer.first_on:%Y-%m-%d}" in first, f"{older.first_on:%Y-%m-%d}" in second) == (True, True)
    assert 'rel="next" href="?page=2"' in first
    assert "?page=2" in second.partition("hx-get")[2][:60]
    assert "There is no older pack." in beyond


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


def test_a_pack_of_days_that_have_expired_is_not_offered_again(auditor, acme, asked):
    asked()
    with tenant_scope(acme):
        EvidencePack.objects.update(state=PackState.FAILED, fault=PackFault.EXPIRED)

    page = auditor.get(PAGE).text

    assert "Not built: entries of its first days have expired" in page
    assert "Build again" not in page


def test_the_file_of_a_pack_long_ago_goes_and_comes_back_the_same(auditor, acme, asked, work, monkeypatch):
    monkeypatch.setattr("compliance.evidence.packs.KEPT", 1)
    first = work(asked())
    work(asked(**days(back=50)))
    with tenant_scope(acme):
        assert not EvidencePart.objects.filter(pack_id=first.id).exists()
    assert "Its file is kept no more" in auditor.get(PAGE).text
    assert auditor.post(f"{PAGE}packs/{first.id}/").status_code == 404

    assert work(asked()).sha256 == first.sha256
    assert "has another hash" not in auditor.get(PAGE).text


def test_packs_of_one_period_that_differ_are_pointed_out(auditor, acme, asked, work):
    work(asked())
    with tenant_scope(acme):
        EvidencePack.objects.update(sha256="0" * 64)
    work(asked())

    assert auditor.get(PAGE).text.count("has another hash") == 2


@pytest.mark.parametrize("address", ["", "packs/"])
def test_an_agent_may_not_see_it_and_somebody_elses_is_not_there(client, sign_in, ada, mallory, address):
    assert sign_in(client, ada).get(PAGE + address).status_code == 403
    assert sign_in(client, mallory).get(PAGE + address).status_code == 404


def test_nobody_else_asks_or_takes(client, sign_in, asked, work, ada, mallory):
    pack = work(asked())

    for who, status in ((ada, 403), (mallory, 404)):
        other = sign_in(client, who)
        assert other.post(f"{PAGE}build/", days()).status_code == status
        assert other.post(f"{PAGE}packs/{pack.id}/").status_code == status
