"""A bucket of S3 over HTTP, for tests: it checks signatures and checksums, keeps versions, and fails as S3 does.

Of S3's API: PutObject, GetObject, DeleteObject, ListObjectVersions, path-style; Signature Version 4 in headers.
"""

import base64
import hashlib
import hmac
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Literal
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit
from uuid import uuid4

KEY_ID: Final = "AKIAEXAMPLE"
SECRET: Final = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#: Refused; too many; the line breaks before an answer; after a PUT was kept; in the middle of an object.
Fault = Literal["", "denied", "slow down", "reset", "lost", "cut"]


class FakeS3(ThreadingHTTPServer):
    """`objects`: by key the versions of it, the oldest first; None in the place of one that was deleted."""

    daemon_threads = True
    bucket = "files-of-acme"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.forget()

    def forget(self) -> None:
        self.objects: dict[str, dict[str, bytes | None]] = {}
        self.fault: Fault = ""
        self.keeps_versions = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def contents(self) -> dict[str, bytes]:
        """What is there to be got."""
        newest = {key: list(versions.values())[-1] for key, versions in self.objects.items() if versions}
        return {key: content for key, content in newest.items() if content is not None}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeS3

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._fails(body):
            return
        checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if self.headers["x-amz-checksum-sha256"] != checksum:
            self._error(400, "BadDigest")
        elif self.headers["If-None-Match"] == "*" and self._key in self.server.contents:
            self._error(412, "PreconditionFailed")
        else:
            self._keep(body)
            if self.server.fault == "lost":
                self._reset()
            else:
                self._answer(200, headers={"ETag": '"etag"'})

    def do_GET(self) -> None:
        if self._fails(b""):
            return
        if "versions" in parse_qs(urlsplit(self.path).query, keep_blank_values=True):
            self._answer(200, self._listed())
        elif (content := self.server.contents.get(self._key)) is None:
            self._error(404, "NoSuchKey")
        elif self.server.fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        else:
            self._answer(200, content)

    def do_DELETE(self) -> None:
        if self._fails(b""):
            return
        version = parse_qs(urlsplit(self.path).query).get("versionId", [""])[0]
        if version:
            self.server.objects.get(self._key, {}).pop(version, None)
            self._answer(204, headers={"x-amz-version-id": version})
        elif self.server.keeps_versions:
            self._answer(204, headers={"x-amz-version-id": self._keep(None), "x-amz-delete-marker": "true"})
        else:
            self.server.objects.pop(self._key, None)
            self._answer(204)

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(f"/{self.server.bucket}/")

    def _keep(self, content: bytes | None) -> str:
        versions = self.server.objects.setdefault(self._key, {})
        if not self.server.keeps_versions:
            versions.clear()
        version = uuid4().hex
        versions[version] = content
        return version

    def _listed(self) -> bytes:
        prefix = parse_qs(urlsplit(self.path).query)["prefix"][0]
        found = [
            f"<{kind}><Key>{key}</Key><VersionId>{version}</VersionId></{kind}>"
            for key, versions in self.server.objects.items() if key.startswith(prefix)
            for version, content in versions.items() for kind in ["DeleteMarker" if content is None else "Version"]
        ]  # fmt: skip
        return f"<ListVersionsResult>{''.join(found)}</ListVersionsResult>".encode()

    def _fails(self, body: bytes) -> bool:
        fault = self.server.fault
        if fault == "reset":
            self._reset()
        elif fault in {"denied", "slow down"}:
            self._error(*{"denied": (403, "AccessDenied"), "slow down": (503, "SlowDown")}[fault])
        elif not urlsplit(self.path).path.startswith(f"/{self.server.bucket}"):
            self._error(404, "NoSuchBucket")
        elif not is_signed(self.command, self.path, dict(self.headers.items()), body):
            self._error(403, "SignatureDoesNotMatch")
        else:
            return False
        return True

    def _error(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>as S3 words it</Message></Error>".encode())

    def _answer(self, status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _reset(self) -> None:
        # With nothing left to linger for, closing sends a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        return


def is_signed(method: str, address: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a request is signed by our key (AWS Signature Version 4, "Create a signed AWS API request")."""
    told = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    fields = dict(
        part.strip().split("=", 1) for part in told.get("authorization", "").partition(" ")[2].split(",") if part
    )
    if fields.get("Credential", "").split("/")[0] != KEY_ID:
        return False
    if told["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
        return False
    parts, names = urlsplit(address), fields["SignedHeaders"].split(";")
    query = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(parts.query, True))
    canonical = "\n".join([
        method, parts.path, "&".join(f"{k}={v}" for k, v in query),
        *(f"{name}:{told[name]}" for name in names), "", fields["SignedHeaders"], told["x-amz-content-sha256"],
    ])  # fmt: skip
    _, day, region, service, end = fields["Credential"].split("/")
    wanted = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{told['x-amz-date']}\n{day}/{region}/{service}/{end}\n{wanted}"
    key = f"AWS4{SECRET}".encode()
    for step in (day, region, service, end, text):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(key.hex(), fields["Signature"])


@contextmanager
def serving_s3() -> Iterator[FakeS3]:
    """Run a bucket for as long as the block lasts."""
    with FakeS3() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
