"""What was anchored cannot be changed: not in a file, and not in a bucket under lock."""

from datetime import timedelta

import pytest

from compliance import audit_events
from compliance.anchoring.places import Bucket, PlaceError
from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import BrokenError
from helpdesk.core import ed25519
from tests.compliance.trail.anchors.conftest import alarms, read
from tests.support.buckets import FakeBucket

pytestmark = pytest.mark.django_db


def test_every_byte_of_a_file_counts(folder, make):
    make(1, 1)
    (file,) = folder.files()
    good = file.read_bytes()
    for place in range(0, len(good), 7):
        bad = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        with pytest.raises(BrokenError):
            Anchors(verify=ed25519.is_signed).read(bad.split(b"\n"))


def test_lines_taken_out_or_exchanged_are_found(folder, make):
    make(1, 1, 1)
    first, second, third = folder.files()[0].read_bytes().splitlines()

    for lines in ([first, third], [second, first, third], [first, third, second], [first, second, second, third]):
        with pytest.raises(BrokenError):
            Anchors(verify=ed25519.is_signed).read(lines)


@pytest.fixture
def s3():
    return FakeBucket()


@pytest.fixture
def bucket(s3):
    return Bucket(s3.name, s3, keep=timedelta(days=2190))


def test_each_anchor_lies_in_the_bucket_under_lock(folder, make, s3, bucket):
    make(1, 1, bucket=bucket)

    assert sorted(s3.objects) == ["anchors/000000000001.json", "anchors/000000000002.json"]
    assert [body for body, _ in s3.objects.values()] == folder.files()[0].read_bytes().splitlines()


@pytest.mark.parametrize("fault", ["denied", "slow down", "away", "unlocked", "lost"])
def test_a_bucket_that_is_away_raises_an_alarm_and_gets_later_what_it_missed(folder, make, s3, bucket, fault):
    s3.fault = fault
    make(1, 1, bucket=bucket)
    assert alarms() == [(audit_events.AUDIT_ALARM, "bucket")]
    assert read(folder).number == 2
    s3.fault = ""

    make(1, bucket=bucket)

    assert alarms()[-1] == (audit_events.AUDIT_ALARM_OVER, "bucket")
    assert len(s3.objects) == 3
    assert bucket.newest(3) == 3


def test_a_bucket_that_has_another_anchor_of_the_number_raises_an_alarm(make, s3, bucket, now):
    bucket.put(1, b"another", now=now)
    with pytest.raises(PlaceError, match="another anchor"):
        bucket.put(1, b"this", now=now)
    bucket.put(1, b"another", now=now)


def test_the_newest_of_a_bucket_is_found_beyond_one_listing(s3, bucket, now):
    s3.objects = {f"anchors/{number:012}.json": (b"", now) for number in range(1, 2502)}

    assert bucket.newest(2501) == bucket.newest(9000) == 2501
    s3.objects = {}
    assert bucket.newest(2501) == 0
