"""A bucket of S3 with Object Lock, for tests: it keeps, lists and refuses as S3 does, its faults included."""

import hashlib
import io
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from helpdesk.core import clock


class FakeBucket:
    """`fault`: denied, slow down, away, unlocked (no Object Lock), or lost (it keeps an object and does not say so)."""

    name = "trail"

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.fault = ""

    def put_object(self, **asked: Any) -> dict[str, Any]:
        self._answer("PutObject", asked)
        until: datetime = asked["ObjectLockRetainUntilDate"]
        if self.fault == "unlocked":
            raise error("InvalidRequest", "PutObject")  # "Bucket is missing Object Lock Configuration"
        if asked["ObjectLockMode"] != "COMPLIANCE" or until <= clock.now() or not asked["ChecksumAlgorithm"]:
            raise error("InvalidArgument", "PutObject")
        if asked["IfNoneMatch"] == "*" and asked["Key"] in self.objects:
            raise error("PreconditionFailed", "PutObject")
        self.objects[asked["Key"]] = (bytes(asked["Body"]), until)
        if self.fault == "lost":
            raise ReadTimeoutError(endpoint_url="https://s3.example")
        return {"ETag": hashlib.sha256(asked["Body"]).hexdigest()}

    def get_object(self, **asked: Any) -> dict[str, Any]:
        self._answer("GetObject", asked)
        if asked["Key"] not in self.objects:
            raise error("NoSuchKey", "GetObject")
        return {"Body": io.BytesIO(self.objects[asked["Key"]][0])}

    def list_objects_v2(self, **asked: Any) -> dict[str, Any]:
        self._answer("ListObjectsV2", asked)
        most, after = asked["MaxKeys"], asked["StartAfter"]
        found = sorted(key for key in self.objects if key.startswith(asked["Prefix"]) and key > after)
        listed = {"IsTruncated": len(found) > most, "KeyCount": min(len(found), most)}
        # Of an empty listing S3 leaves the contents out.
        return listed | ({"Contents": [{"Key": key} for key in found[:most]]} if found else {})

    def _answer(self, operation: str, asked: dict[str, Any]) -> None:
        if asked["Bucket"] != self.name:
            raise error("NoSuchBucket", operation)
        if self.fault in {"denied", "slow down"}:
            raise error({"denied": "AccessDenied", "slow down": "SlowDown"}[self.fault], operation)
        if self.fault == "away":
            raise EndpointConnectionError(endpoint_url="https://s3.example")


def error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as S3 words it"}}, operation)
