"""A deployment whose buckets are named by halves does not pass its check."""

import pytest

from helpdesk.core import checks

ENDPOINT = "https://s3.example.com"


def ids(settings, **given):
    names = ("FILES_BUCKET", "FILES_BUCKET_ENDPOINT", "AUDIT_ANCHOR_BUCKET", "AUDIT_ANCHOR_ENDPOINT", "AWS_REGION")
    for name in names:
        setattr(settings, name, given.get(name, ""))
    about = {"helpdesk.E009", "helpdesk.E010", "helpdesk.E011", "helpdesk.W005"}
    return [found.id for found in checks.check_deployment() if found.id in about]


@pytest.mark.parametrize(("bucket", "endpoint"), checks.BUCKETS)
def test_a_bucket_is_named_whole(settings, bucket, endpoint):
    assert ids(settings) == []
    assert ids(settings, **{bucket: "one", "AWS_REGION": "eu-central-1"}) == []
    assert ids(settings, **{bucket: "one", endpoint: ENDPOINT}) == []
    assert ids(settings, **{endpoint: ENDPOINT}) == ["helpdesk.E009"]
    assert ids(settings, **{bucket: "one"}) == ["helpdesk.E011"]
    assert ids(settings, **{bucket: "one", endpoint: "http://minio:9000"}) == ["helpdesk.W005"]


def test_a_bucket_takes_its_library(settings, monkeypatch):
    monkeypatch.setattr(checks, "find_spec", lambda _: None)

    assert ids(settings, FILES_BUCKET="one", FILES_BUCKET_ENDPOINT=ENDPOINT) == ["helpdesk.E010"]
