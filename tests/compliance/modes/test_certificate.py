"""A mode is on once everything stored was scanned by its rules, and certified then; a killed worker changes nothing."""

import json
from datetime import timedelta

import pytest

from compliance import audit_events, mode_certificate, mode_progress, rescan, rule_sets
from compliance.mode_progress import SETTLES_AFTER
from compliance.models import JobRun, ModeCertificate, ModeSwitch
from tenants.actors import Actor
from tenants.models import ModeState, Tenant
from tenants.scoping import tenant_scope
from tests.factories.modes import begin
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db
MAIL, CARD = "write to vera@example.com", "it is 4111 1111 1111 1111"


class KilledError(Exception):
    """The worker is gone."""


def killed(_):
    raise KilledError


def scan(tenant, now, **options):
    return rescan.rescan_outdated(tenant.id, now=lambda: now, **{"pause": lambda _: None, **options})


def begun(tenant, owner, now, mode="hipaa"):
    begin(tenant, mode, Actor.member(owner), now)
    # Tests commit nothing, and what a commit lets go of stays known.
    rule_sets.forget()


def state(tenant):
    return Tenant.objects.get(id=tenant.id).hipaa_state


def certificates(tenant):
    with tenant_scope(tenant):
        return list(ModeCertificate.objects.order_by("number"))


def progress(tenant):
    with tenant_scope(tenant):
        return mode_progress.progress(ModeSwitch.objects.get(ended_at=None))


@pytest.fixture
def stored(acme, now):
    """Three texts that the rules of before let pass."""
    store_conversation(acme, [MAIL, "Hello", MAIL], at=now, masked_with=rule_sets.current(acme).number)


def test_it_stays_not_yet_while_something_is_not_scanned_and_says_how_far_it_is(acme, olive, now, stored):
    begun(acme, olive, now)
    later = now + timedelta(minutes=1)
    assert mode_progress.advance(acme.id, now=later) == []
    assert progress(acme).percent == 0

    with pytest.raises(KilledError):
        scan(acme, now + timedelta(seconds=20), batch_size=2, pause=killed)

    assert mode_progress.advance(acme.id, now=later) == []
    at = progress(acme)
    assert (at.percent, at.looked_at, at.total) == (66, 2, 3)
    assert state(acme) == ModeState.ENABLING


def test_a_worker_killed_in_the_middle_is_gone_on_from_and_nothing_is_counted_twice(acme, olive, now, stored):
    begun(acme, olive, now)
    with pytest.raises(KilledError):
        scan(acme, now + timedelta(seconds=20), batch_size=2, pause=killed)

    later = now + timedelta(hours=1)
    scan(acme, later)

    assert mode_progress.advance(acme.id, now=later) == [("hipaa", ModeState.ON)]
    (certificate,) = certificates(acme)
    assert certificate.facts["scanned"] == {
        "texts": 3, "changed": 2, "found_by_kind": {"EMAIL": 2}, "unresolved": 0,
    }  # fmt: skip
    assert mode_progress.advance(acme.id, now=later) == []
    assert len(certificates(acme)) == 1


def test_it_is_not_on_while_other_processes_may_still_store_by_the_rules_of_before(acme, olive, now):
    begun(acme, olive, now)

    assert mode_progress.advance(acme.id, now=now + SETTLES_AFTER - timedelta(seconds=1)) == []
    assert mode_progress.advance(acme.id, now=now + SETTLES_AFTER) == [("hipaa", ModeState.ON)]


def test_a_text_that_cannot_be_finished_keeps_it_from_being_on(acme, olive, now, stored):
    begun(acme, olive, now)
    with tenant_scope(acme):
        JobRun.objects.create(
            tenant=acme, kind="rescan", state="done", failed=1, total=3, looked_at=3, started_at=now, moved_at=now,
            finished_at=now, rule_set_number=rule_sets.current(acme).number,
        )  # fmt: skip

    assert mode_progress.advance(acme.id, now=now + timedelta(hours=1)) == []
    assert (progress(acme).percent, progress(acme).failed) == (99, 1)


def test_the_certificate_tells_counts_settings_and_backups_and_no_value(acme, olive, now, settings, trail, texts_of):
    settings.BACKUP_KEEP_DAYS = 30
    conversation = store_conversation(acme, [MAIL, CARD], at=now, masked_with=0)
    begun(acme, olive, now)
    later = now + timedelta(minutes=1)
    scan(acme, later)
    mode_progress.advance(acme.id, now=later)

    assert texts_of(conversation) == ["write to [email]", "it is [card •••• 1111]"]
    (certificate,) = certificates(acme)
    facts = certificate.facts
    assert facts["scanned"]["found_by_kind"] == {"CARD": 1, "EMAIL": 1}
    assert facts["backups"]["until"] == (later + timedelta(days=30)).date().isoformat()
    changed = {one["key"]: (one["before"], one["after"]) for one in facts["settings"] if one["before"] != one["after"]}
    assert changed["export.plaintext"] == ("Allowed, and recorded", "Refused")
    assert [one["asked"] for one in facts["exceptions"]], "nobody has limited networks or browsers"
    whole = mode_certificate.document(certificate)
    assert not any(secret in whole for secret in ("vera@example.com", "4111 1111"))
    (entry,) = trail(acme, audit_events.MODE_CERTIFIED)
    kept = json.loads(whole)
    assert entry.facts["sha256"] == kept["sha256"] == mode_certificate.digest(kept["certificate"])


def test_each_time_a_mode_comes_on_it_has_a_certificate_of_its_own(acme, olive, now):
    begun(acme, olive, now)
    begun(acme, olive, now, mode="pci")
    mode_progress.advance(acme.id, now=now + SETTLES_AFTER)

    assert sorted((one.mode, one.number) for one in certificates(acme)) == [("hipaa", 1), ("pci", 1)]
