"""The page of evidence: controls as they stand, packs asked for and taken along."""

import hashlib
from datetime import timedelta

import pytest

from compliance.evidence.controls import observing
from compliance.models import EvidencePack, EvidencePart, PackFault, PackState
from helpdesk.core import clock
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.compliance.evidence.asking.conftest import PAGE, days, told

pytestmark = pytest.mark.django_db


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


def test_older_packs_are_on_the_next_page(auditor, acme, asked, monkeypatch):
    monkeypatch.setattr("compliance.evidence_pages.selectors.SHOWN", 1)
    older, newer = asked(), asked(**days(back=60))

    first, second, beyond = (auditor.get(f"{PAGE}?page={number}").text for number in (1, 2, 3))

    assert (f"{newer.first_on:%Y-%m-%d}" in first, f"{older.first_on:%Y-%m-%d}" in second) == (True, True)
    assert 'rel="next" href="?page=2"' in first
    assert "?page=2" in second.partition("hx-get")[2][:60]
    assert "There is no older pack." in beyond


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
