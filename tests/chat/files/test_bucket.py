"""Files in a bucket of S3: sealed as on a disk, and never half there, half gone or taken for something else."""

import sys
from datetime import timedelta
from io import StringIO
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from chat.actions import erasure
from chat.files import sealed
from chat.files.store import BucketStore, FileMissingError, StoreAwayError, bucket
from chat.files.store import store as current_store
from chat.models import Attachment, Conversation, FileState
from compliance.anchoring import places
from helpdesk.core import s3
from tenants.scoping import tenant_scope
from tests.chat.files.conftest import kept
from tests.support.fake_s3 import KEY_ID, SECRET, serving_s3

pytestmark = pytest.mark.django_db

TEXT = b"The lamp arrived broken."


@pytest.fixture(scope="session")
def running_s3():
    with serving_s3() as running:
        yield running


@pytest.fixture
def away(running_s3, settings, monkeypatch):
    """The bucket that files go into; its `fault` is what it does instead."""
    running_s3.forget()
    settings.FILES_BUCKET, settings.FILES_BUCKET_ENDPOINT = running_s3.bucket, running_s3.url
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    # Between its two tries boto3 waits up to a second.
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    return running_s3


@pytest.fixture
def sent(away, vera):
    assert vera.send(TEXT, "note.txt").status_code == 200
    return vera.check()


def opened(vera, attachment):
    with tenant_scope(vera.tenant):
        return sealed.opened(attachment, vera.conversation.contact_id)


def test_a_file_lies_there_sealed_under_a_name_that_tells_nothing_and_opens_again(vera, sent, away, store):
    assert sent.state == FileState.READY
    [(key, content)] = away.contents.items()
    assert key == f"files/{vera.tenant.id.hex}/{sent.stored.hex}"
    assert TEXT not in content
    assert opened(vera, sent) == TEXT
    assert not kept(store)


@pytest.mark.parametrize("fault", ["denied", "slow down", "reset", "lost"])
def test_what_it_does_not_take_was_not_sent_and_can_be_sent_again(vera, away, fault):
    away.fault, client_id = fault, uuid4()
    answer = vera.send(TEXT, "note.txt", client_id=client_id)
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
    with tenant_scope(vera.tenant):
        assert not Attachment.objects.exists()
    # One that arrived though nobody was told is not left behind.
    assert not away.contents

    away.fault = ""

    assert vera.send(TEXT, "note.txt", client_id=client_id).status_code == 200


@pytest.mark.parametrize("fault", ["denied", "slow down", "reset", "cut"])
def test_one_that_can_t_be_read_just_now_is_not_taken_for_damaged(vera, sent, away, fault):
    away.fault = fault
    with pytest.raises(StoreAwayError):
        opened(vera, sent)

    away.fault = ""

    assert opened(vera, sent) == TEXT


def test_while_it_is_away_a_file_waits_and_is_looked_at_later(vera, away):
    vera.send(TEXT, "note.txt")
    away.fault = "slow down"
    assert vera.check().state == FileState.CHECKING

    away.fault = ""

    assert vera.check().state == FileState.READY


def test_one_that_is_gone_or_was_changed_there_does_not_open(vera, sent, away):
    [(key, versions)] = away.objects.items()
    [(version, content)] = versions.items()
    versions[version] = content[:-1] + bytes([content[-1] ^ 1])
    with pytest.raises(sealed.UnreadableFileError):
        opened(vera, sent)

    del away.objects[key]

    with pytest.raises(sealed.UnreadableFileError):
        opened(vera, sent)


def test_a_conversation_is_erased_with_its_files_and_kept_while_the_bucket_is_away(vera, sent, away):
    later = vera.now + timedelta(days=1)
    away.fault = "denied"
    with pytest.raises(StoreAwayError), tenant_scope(vera.tenant):
        erasure.erase_conversations(before=later, limit=10)
    with tenant_scope(vera.tenant):
        assert Conversation.objects.count() == 1
    away.fault = ""

    with tenant_scope(vera.tenant):
        assert erasure.erase_conversations(before=later, limit=10).counts["files"] == 1

    assert not away.contents


def test_in_a_bucket_that_keeps_versions_none_of_them_is_left(vera, away):
    away.keeps_versions = True
    vera.send(TEXT, "note.txt")
    attachment = vera.check()
    assert len(away.objects) == 1

    current_store().delete(vera.tenant.id, attachment.stored)

    assert not any(away.objects.values())
    current_store().delete(vera.tenant.id, attachment.stored)


def test_files_from_before_the_bucket_are_found_on_the_disk_and_moved(vera, running_s3, away, store, settings):
    settings.FILES_BUCKET = ""
    vera.send(TEXT, "note.txt")
    attachment = vera.check()
    assert len(kept(store)) == 1
    with pytest.raises(CommandError, match="FILES_BUCKET"):
        call_command("move_files")
    settings.FILES_BUCKET = running_s3.bucket
    assert opened(vera, attachment) == TEXT
    away.fault = "reset"
    with pytest.raises(CommandError, match="Run it again"):
        call_command("move_files")
    assert opened_from_disk(vera, attachment, away) == TEXT

    away.fault = ""
    (store / "of nobody").mkdir()
    (store / "of nobody" / "readme").write_text("no file of ours")
    told = StringIO()
    call_command("move_files", stdout=told)

    assert told.getvalue() == "Moved 1.\n"
    assert [path.name for path in kept(store)] == ["readme"]
    assert opened(vera, attachment) == TEXT


def opened_from_disk(vera, attachment, away):
    away.fault = ""
    return opened(vera, attachment)


def test_what_is_erased_is_erased_in_both_places(vera, away, store, settings, running_s3):
    settings.FILES_BUCKET = ""
    vera.send(TEXT, "note.txt")
    attachment = vera.check()
    settings.FILES_BUCKET = running_s3.bucket

    current_store().delete(vera.tenant.id, attachment.stored)

    assert not kept(store)
    with pytest.raises(FileMissingError):
        list(current_store().get(vera.tenant.id, attachment.stored))


def test_who_signs_by_another_secret_is_refused_and_told_no_more_than_that(away, monkeypatch, settings):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET.lower())
    s3.client.cache_clear()
    try:
        with pytest.raises(StoreAwayError, match=r"^SignatureDoesNotMatch$"):
            current_store().put(uuid4(), uuid4(), [b"sealed"])
    finally:
        s3.client.cache_clear()


def test_without_what_it_takes_to_speak_with_it_nothing_is_sent(vera, away, monkeypatch):
    s3.client.cache_clear()
    monkeypatch.setitem(sys.modules, "boto3", None)

    assert vera.send(TEXT, "note.txt").status_code == 503
    with pytest.raises(StoreAwayError, match="boto3"):
        bucket()


def test_anchors_of_the_audit_trail_go_by_the_same_line(away, settings, now):
    settings.AUDIT_ANCHOR_BUCKET, settings.AUDIT_ANCHOR_ENDPOINT = away.bucket, away.url
    place = places.Bucket.connect()
    assert place is not None
    place.put(1, b"a line", now=now)
    place.put(1, b"a line", now=now)
    away.fault = "slow down"
    with pytest.raises(places.PlaceError, match=r"^SlowDown$"):
        place.get(1)
    away.fault = ""

    assert place.get(1) == b"a line"
    assert isinstance(bucket(), BucketStore)
