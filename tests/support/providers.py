"""Key providers for tests: KMS with the faults a mock lacks, and Vault's Transit engine over real HTTP."""

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from helpdesk.core import aead

ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


class FakeKms:
    """Answers as KMS does, `fault` included: disabled, pending deletion, throttled, slow, wrong, silent."""

    def __init__(self) -> None:
        self.cipher = aead.Cipher(secrets.token_bytes(32), 1)
        self.fault = ""
        self.calls: list[str] = []

    def encrypt(self, **asked: Any) -> dict[str, Any]:
        self._answer("Encrypt")
        key = secrets.token_bytes(32) if self.fault == "wraps wrongly" else asked["Plaintext"]
        return {"CiphertextBlob": self.cipher.seal(key, _aad(asked))}

    def decrypt(self, **asked: Any) -> dict[str, Any]:
        self._answer("Decrypt")
        try:
            key = self.cipher.open(asked["CiphertextBlob"], _aad(asked))
        except aead.UnreadableEnvelopeError:
            raise _error("InvalidCiphertextException", "Decrypt") from None
        return {"Plaintext": {"wrong": bytes(32), "short": key[:8]}.get(self.fault, key)}

    def describe_key(self, **_: Any) -> dict[str, Any]:
        self._answer("DescribeKey")
        return {"KeyMetadata": {"KeyState": "Enabled"}}

    def _answer(self, operation: str) -> None:
        self.calls.append(operation)
        if code := {
            "disabled": "DisabledException",
            "pending deletion": "KMSInvalidStateException",
            "denied": "AccessDeniedException",
            "throttled": "ThrottlingException",
        }.get(self.fault):
            raise _error(code, operation)
        if self.fault == "slow":
            raise ReadTimeoutError(endpoint_url="https://kms.example")


class FakeVault:
    """A Transit engine with one derived key: encrypt, decrypt, read; refuses like Vault."""

    token = "s.test-token"

    def __init__(self) -> None:
        self.keys = {1: secrets.token_bytes(32)}
        self.fault = ""
        self.derived = True
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def rotate(self) -> None:
        self.keys[max(self.keys) + 1] = secrets.token_bytes(32)

    def answer(self, operation: str, body: dict[str, str], token: str | None) -> tuple[int, Any]:
        if token != self.token or self.fault == "denied":
            return 403, {"errors": ["permission denied"]}
        if self.fault == "sealed":
            return 503, {"errors": ["Vault is sealed"]}
        if self.fault == "throttled":
            return 429, {"errors": []}
        if self.fault == "slow":
            time.sleep(1.0)
        if self.fault == "garbage":
            return 200, "not an object"
        return getattr(self, f"_{operation}")(body)

    def _keys(self, _body: dict[str, str]) -> tuple[int, Any]:
        return 200, {"data": {"latest_version": max(self.keys), "derived": self.derived}}

    def _encrypt(self, body: dict[str, str]) -> tuple[int, Any]:
        version = max(self.keys)
        sealed = aead.Cipher(self.keys[version], version).seal(_bytes(body["plaintext"]), _bytes(body["context"]))
        return 200, {"data": {"ciphertext": f"vault:v{version}:{base64.b64encode(sealed).decode()}"}}

    def _decrypt(self, body: dict[str, str]) -> tuple[int, Any]:
        _, version, sealed = body["ciphertext"].split(":")
        try:
            cipher = aead.Cipher(self.keys[int(version[1:])], int(version[1:]))
            key = cipher.open(_bytes(sealed), _bytes(body["context"]))
        except (KeyError, ValueError, aead.UnreadableEnvelopeError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(key).decode()}}

    def _handler(vault) -> type[BaseHTTPRequestHandler]:  # noqa: N805  the handler's own self is the request
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")
                self._send(*vault.answer(self.path.split("/")[-2], body, self.headers["X-Vault-Token"]))

            def do_GET(self) -> None:
                self._send(*vault.answer("keys", {}, self.headers["X-Vault-Token"]))

            def _send(self, status: int, answer: Any) -> None:
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                # Whoever asked may have given up: that is what a slow provider is for.
                with suppress(BrokenPipeError):
                    self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def running_vault() -> Iterator[FakeVault]:
    vault = FakeVault()
    thread = threading.Thread(target=vault.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        vault.server.shutdown()
        vault.server.server_close()


def _aad(asked: dict[str, Any]) -> bytes:
    return json.dumps([asked["KeyId"], sorted(asked["EncryptionContext"].items())]).encode()


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
