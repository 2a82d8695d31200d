"""S3, and what speaks as it does: the one way to connect, and errors that are told by a name alone.

`boto3` is needed only where a bucket is named (`deploy/requirements.txt`); credentials come its usual way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any, Final

from django.conf import settings

#: Each try of two: somebody waits for the answer, or a job that comes again.
CONNECT_S: Final = 2
READ_S: Final = 5


class BucketError(Exception):
    """S3's own code, or a name of what happened on the way; never a text, which may hold an address."""


@cache
def client(endpoint: str) -> Any:
    """Return boto3's client of S3 at an endpoint, or at AWS where it is empty. Threads may share it.

    Raises:
        BucketError: boto3 is not installed.
    """
    try:
        boto3, config = import_module("boto3"), import_module("botocore.config")
    except ImportError:
        raise BucketError("boto3 is not installed") from None
    options = config.Config(
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        retries={"mode": "standard", "total_max_attempts": 2},
        # Given where wanted: what is not AWS may know none of those that boto3 adds by itself.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    # A session of its own: the one that boto3 shares is made for one thread.
    return boto3.Session().client(
        "s3", region_name=settings.AWS_REGION or None, endpoint_url=endpoint or None, config=options
    )


@contextmanager
def told_by_name() -> Iterator[None]:
    """Let whatever fails while S3 is asked be a `BucketError`."""
    exceptions = import_module("botocore.exceptions")
    try:
        yield
    except exceptions.ClientError as error:
        raise BucketError(str(error.response.get("Error", {}).get("Code", ""))) from None
    except (exceptions.BotoCoreError, OSError) as error:
        raise BucketError(type(error).__name__) from None
