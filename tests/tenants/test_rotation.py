"""Turning keys: new writes at once, the rest later, the old one destroyed, however often it is cut short."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connections

from chat.models import Message
from compliance import audit_events, key_rotation
from compliance.models import AuditEntry
from helpdesk.core import aead
from tenants import kms
from tenants.encryption import Slot, column_of, opening, sealing
from tenants.keyring import own_key, ring, rotation
from tenants.keyring.models import ContactKey, KeyState, Purpose, RotationState, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.keyring.wrapping import OwnKeyRevokedError
from tenants.kms import registry
from tenants.kms.aws import AwsWrapper
from tenants.kms.local import LocalWrapper
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.support.providers import ARN, FakeKms

pytestmark = pytest.mark.django_db
NOW = timedelta(0)


class Killed(BaseException):
    """The worker is gone."""


def kill_after(batches):
    """A pause that is the last thing a worker does."""
    left = [batches]

    def pause(_seconds):
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    return pause


def contacts(tenant, count, now):
    ids = [uuid4() for _ in range(count)]
    for contact_id in ids:
        ring.create_contact_key(tenant.id, contact_id, now=now)
    return ids


def versions(tenant, purpose=Purpose.CONTENT):
    with keys_scope(tenant.id):
        return dict(TenantKey.objects.filter(purpose=purpose).values_list("version", "state"))


def wrapped_with(tenant):
    with keys_scope(tenant.id):
        return sorted(ContactKey.objects.values_list("wrapped_with", flat=True))


def turn(tenant, **options):
    return key_rotation.turn_keys(tenant.id, pause=options.pop("pause", lambda _s: None), grace=NOW, **options)


def bodies(tenant, conversation):
    with tenant_scope(tenant):
        return [bytes(body) for body in Message.objects.of(conversation.id).values_list("body", flat=True)]


def texts(tenant, conversation):
    with tenant_scope(tenant):
        return [
            opening.open_sealed(Message.slot(tenant.id, conversation.contact_id, row.id), bytes(row.body))
            for row in Message.objects.of(conversation.id).order_by("sequence")
        ]


def test_after_a_rotation_everything_opens_and_the_old_key_is_gone(acme, now):
    talk = store_conversation(acme, ["before"], at=now)

    rotation.begin_tenant_rotation(acme.id, "content", now=now)
    assert versions(acme) == {1: KeyState.RETIRED, 2: KeyState.ACTIVE}
    later = store_conversation(acme, ["after"], at=now)
    assert wrapped_with(acme) == [1, 2]
    assert turn(acme) == 1

    ring.forget_cached_keys()
    assert versions(acme) == {2: KeyState.ACTIVE}
    assert wrapped_with(acme) == [2, 2]
    assert texts(acme, talk) + texts(acme, later) == ["before", "after"]


def test_a_finished_rotation_leaves_evidence(acme, now):
    contacts(acme, 3, now)
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    turn(acme)

    with tenant_scope(acme):
        entry = AuditEntry.objects.get(event=audit_events.KEY_ROTATED)
    assert entry.facts == {"kind": "tenant", "of": "content", "destroyed": 1, "version": 2, "moved": 3}
    assert rotation.unfinished(acme.id) == []


def test_the_old_key_stays_while_another_process_may_still_use_it(acme, now):
    rotation.begin_tenant_rotation(acme.id, "files", now=now)

    assert key_rotation.turn_keys(acme.id, now=lambda: now + timedelta(seconds=300)) == 0
    assert set(versions(acme, Purpose.FILES)) == {1, 2}
    assert key_rotation.turn_keys(acme.id, now=lambda: now + timedelta(seconds=361)) == 1
    assert set(versions(acme, Purpose.FILES)) == {2}


def test_a_rotation_that_was_killed_goes_on(acme, now):
    ids = contacts(acme, 7, now)
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    with pytest.raises(Killed):
        turn(acme, batch=2, pause=kill_after(2))
    assert wrapped_with(acme) == [1, 1, 1, 2, 2, 2, 2]
    for contact_id in ids:
        ring.forget_cached_keys()
        assert ring.contact_cipher(acme.id, contact_id)

    assert turn(acme, batch=2) == 1
    assert wrapped_with(acme) == [2] * 7


def test_killed_between_destruction_and_evidence_it_still_writes_the_evidence(acme, now, monkeypatch):
    rotation.begin_tenant_rotation(acme.id, "audit", now=now)

    with monkeypatch.context() as patched:
        patched.setattr(key_rotation, "_record", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            turn(acme)
    assert [one.state for one in rotation.unfinished(acme.id)] == [RotationState.DESTROYED]

    assert turn(acme) == 1
    with tenant_scope(acme):
        assert AuditEntry.objects.filter(event=audit_events.KEY_ROTATED).count() == 1


def test_a_second_rotation_of_the_same_key_is_refused_until_the_first_is_done(acme, now):
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    with pytest.raises(rotation.RotationRunningError):
        rotation.begin_tenant_rotation(acme.id, "content", now=now)

    turn(acme)
    assert rotation.begin_tenant_rotation(acme.id, "content", now=now).new_version == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_rotations_at_once_one_wins(acme, now):
    def begin():
        try:
            return rotation.begin_tenant_rotation(acme.id, "content", now=now).new_version
        except rotation.RotationRunningError:
            return "lost"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = [job.result() for job in [pool.submit(begin) for _ in range(4)]]

    assert sorted(map(str, answers)) == ["2", "lost", "lost", "lost"]
    assert versions(acme) == {1: KeyState.RETIRED, 2: KeyState.ACTIVE}


def test_a_process_that_missed_the_rotation_stores_no_contact_key_under_the_old_one(acme, now, monkeypatch):
    stale = ring.tenant_cipher(acme.id, Purpose.CONTENT)
    rotation.begin_tenant_rotation(acme.id, "content", now=now)
    ring._cache.put((acme.id, None, "content", None), stale)

    contacts(acme, 1, now)

    assert wrapped_with(acme) == [2]


def test_a_contact_key_that_does_not_open_keeps_the_old_key_alive(acme, now):
    contact_id, _ = contacts(acme, 2, now)
    with keys_scope(acme.id):
        row = ContactKey.objects.get(contact_id=contact_id)
        row.wrapped = bytes(row.wrapped)[:-1] + b"\0"
        row.save()
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    assert turn(acme) == 0

    assert set(versions(acme)) == {1, 2}
    assert wrapped_with(acme) == [1, 2]


def test_a_key_older_than_ninety_days_is_turned_by_itself(acme, now):
    later = now + timedelta(days=91)

    key_rotation.turn_keys(acme.id, now=lambda: later, grace=NOW)

    assert set(versions(acme)) == {2}


@pytest.mark.parametrize("ahead", [timedelta(hours=2), -timedelta(hours=2)])
def test_a_worker_whose_clock_is_wrong_moves_everything_and_destroys_nothing(acme, now, ahead):
    contact_id = contacts(acme, 1, now)[0]
    rotation.begin_tenant_rotation(acme.id, "content", now=now)

    with time_machine.travel(now + ahead, tick=False):
        assert turn(acme) == 0

    assert (wrapped_with(acme), set(versions(acme))) == ([2], {1, 2})
    assert ring.contact_cipher(acme.id, contact_id)
    assert turn(acme) == 1


def test_a_contacts_messages_are_sealed_again_with_a_new_key(acme, now):
    talk = store_conversation(acme, [f"line {number}" for number in range(5)], at=now)
    before = bodies(acme, talk)
    other = store_conversation(acme, ["untouched"], at=now)
    others = bodies(acme, other)

    rotation.begin_contact_rotation(acme.id, talk.contact_id, now=now)
    assert turn(acme, batch=2) == 1

    after = bodies(acme, talk)
    assert {aead.key_version(body) for body in after} == {2}
    assert not set(after) & set(before)
    assert texts(acme, talk) == [f"line {number}" for number in range(5)]
    assert bodies(acme, other) == others
    with pytest.raises(ring.KeyUnavailableError):
        ring.contact_cipher(acme.id, talk.contact_id, aead.HEADER.pack(aead.FORMAT, 1))


def test_resealing_that_was_killed_goes_on(acme, now):
    talk = store_conversation(acme, ["a", "b", "c", "d", "e"], at=now)
    rotation.begin_contact_rotation(acme.id, talk.contact_id, now=now)

    with pytest.raises(Killed):
        turn(acme, batch=2, pause=kill_after(1))
    assert texts(acme, talk) == ["a", "b", "c", "d", "e"]

    assert turn(acme, batch=2) == 1
    assert {aead.key_version(body) for body in bodies(acme, talk)} == {2}


def test_a_rotation_killed_before_the_new_contact_key_was_stored_goes_on(acme, now, monkeypatch):
    talk = store_conversation(acme, ["a"], at=now)
    with monkeypatch.context() as patched:
        patched.setattr(ring, "add_contact_key", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            rotation.begin_contact_rotation(acme.id, talk.contact_id, now=now)

    assert turn(acme) == 1
    assert texts(acme, talk) == ["a"]


def test_a_new_local_key_wraps_every_tenant_key_and_every_second_factor_again(acme, olive, now, settings):
    from tests.factories.tenants import make_factor

    device = make_factor(olive.user)
    seed = device.seed()
    newer = settings.KEY_ENCRYPTION_KEYS.strip() + "\n9:" + "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
    settings.KEY_ENCRYPTION_KEYS = newer
    kms.forget_providers()
    try:
        assert key_rotation.rewrap(acme.id, now=now) == len(Purpose)
        assert key_rotation.rewrap(acme.id, now=now) == 0
        assert key_rotation.rewrap_factors() == 1
        assert key_rotation.rewrap_factors() == 0

        only_new = LocalWrapper.from_lines(newer.splitlines()[-1])
        device.refresh_from_db()
        assert only_new.unwrap(bytes(device.sealed_seed), f"totp|{device.id}".encode()) == seed
        with keys_scope(acme.id):
            assert {aead.key_version(bytes(row.wrapped)) for row in TenantKey.objects.all()} == {9}
    finally:
        kms.forget_providers()


# An organisation's own key ---------------------------------------------------------------------------------------


@pytest.fixture
def own(monkeypatch):
    """Acme's own KMS."""
    fake = FakeKms()
    monkeypatch.setitem(registry.BUILDERS, "aws", lambda reference: AwsWrapper(reference, fake))
    kms.forget_providers()
    yield fake
    kms.forget_providers()


@pytest.fixture
def slot(acme, now):
    contact_id = contacts(acme, 1, now)[0]
    return Slot(acme.id, contact_id, column_of("chat_message", "body"), uuid4())


def test_an_own_key_wraps_what_there_is_and_what_comes(acme, own, slot, now):
    sealed = sealing.seal(slot, "hello")

    assert own_key.connect(acme.id, "aws", ARN, now=now) == len(Purpose)
    rotation.begin_tenant_rotation(acme.id, "files", now=now)

    with keys_scope(acme.id):
        assert set(TenantKey.objects.values_list("provider", "key_reference")) == {("aws", ARN)}
    assert opening.open_sealed(slot, sealed) == "hello"
    assert own_key.disconnect(acme.id) == len(Purpose) + 1
    own.fault = "disabled"
    assert opening.open_sealed(slot, sealed) == "hello"


@pytest.mark.parametrize("fault", ["disabled", "pending deletion", "throttled", "slow", "wraps wrongly", "wrong"])
def test_an_own_key_that_cannot_be_used_changes_nothing(acme, own, slot, now, fault):
    sealed = sealing.seal(slot, "hello")
    own.fault = fault

    with pytest.raises(kms.KeyProviderError):
        own_key.connect(acme.id, "aws", ARN, now=now)

    ring.forget_cached_keys()
    assert own_key.own_key_of(acme.id) is None
    assert opening.open_sealed(slot, sealed) == "hello"


@pytest.mark.parametrize("fault", ["disabled", "pending deletion", "throttled", "slow", "wrong", "short"])
def test_an_own_key_that_fails_later_stops_that_organisation_alone_and_it_recovers(acme, globex, own, slot, now, fault):
    sealed = sealing.seal(slot, "hello")
    own_key.connect(acme.id, "aws", ARN, now=now)
    theirs = Slot(globex.id, contacts(globex, 1, now)[0], column_of("chat_message", "body"), uuid4())
    own.fault = fault
    ring.forget_cached_keys()

    with pytest.raises(kms.KeyProviderError):
        opening.open_sealed(slot, sealed)
    with pytest.raises(kms.KeyProviderError):
        sealing.seal(slot, "lost?")
    assert opening.open_sealed(theirs, sealing.seal(theirs, "fine")) == "fine"

    own.fault = ""
    kms.forget_providers()
    assert opening.open_sealed(slot, sealed) == "hello"


def test_a_revoked_key_holds_at_once_and_a_restored_one_opens_again(acme, own, slot, now):
    sealed = sealing.seal(slot, "hello")
    own_key.connect(acme.id, "aws", ARN, now=now)
    assert opening.open_sealed(slot, sealed) == "hello"

    own_key.revoke(acme.id, now=now)
    with pytest.raises(OwnKeyRevokedError):
        opening.open_sealed(slot, sealed)
    with pytest.raises(OwnKeyRevokedError):
        rotation.begin_tenant_rotation(acme.id, "content", now=now)

    own_key.restore(acme.id, now=now)
    assert opening.open_sealed(slot, sealed) == "hello"


def test_the_services_own_key_is_no_organisations(acme, own, settings, now):
    settings.AWS_KMS_KEY = ARN

    with pytest.raises(kms.BadReferenceError):
        own_key.connect(acme.id, "aws", ARN, now=now)
