"""A receiver of secure forms, to begin with: it knows who sends, takes each form once, and opens it with its own key.

    python form_receiver.py make receiver.pem           # makes a key, and prints its public half and fingerprint
    python form_receiver.py serve receiver.pem OUR_KEY  # OUR_KEY: as the page of your own system shows it

Needs Python 3.11 and the package `cryptography`. Behind a web server with TLS, since Hushdesk sends to https:// alone.
What `take()` does with the values is yours to write; keep what it answers to a reference, the last four and the brand.
"""

import base64
import hashlib
import json
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

MAX_BODY_BYTES = 16 * 1024
MAX_AGE_S = 300
Take = Callable[[dict[str, str], dict[str, Any]], dict[str, str]]


def decoded(letters: str) -> bytes:
    return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class NotOursError(Exception):
    """Hushdesk did not send this, or not now."""


class Receiver:
    """`keys`: yours, the newest first; `sender`: the 32 bytes of our public key; `take`: what becomes of the values."""

    def __init__(self, keys: list[ec.EllipticCurvePrivateKey], sender: bytes, take: Take) -> None:
        self.keys = {hashlib.sha256(point_of(key)).hexdigest(): key for key in keys}
        self.sender, self.take = Ed25519PublicKey.from_public_bytes(sender), take
        # What was answered to what was taken, by its id. Keep it where a restart does not lose it.
        self.answers: dict[str, dict[str, str]] = {}

    def answer(self, headers: Any, body: bytes, now: float) -> dict[str, str]:
        """Return what to answer to one request.

        Raises:
            NotOursError: The signature is not ours, or too old.
            InvalidTag, KeyError: It was sealed for another key, or changed on its way.
        """
        message, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        self.check(message, stamp, headers.get("webhook-signature", ""), body, now)
        if message not in self.answers:
            told = json.loads(body)
            values = self.opened(told)
            is_test = told["type"] == "test"
            self.answers[message] = {"receipt": values["test"]} if is_test else self.take(values, told)
        # The same again: Hushdesk did not hear the answer, and asks once more.
        return self.answers[message]

    def check(self, message: str, stamp: str, signatures: str, body: bytes, now: float) -> None:
        signed = f"{message}.{stamp}.".encode() + body
        for one in signatures.split():
            version, _, letters = one.partition(",")
            try:
                if version == "v1a" and abs(now - int(stamp)) <= MAX_AGE_S:
                    return self.sender.verify(base64.b64decode(letters), signed)
            except (InvalidSignature, ValueError):
                continue
        raise NotOursError

    def opened(self, told: dict[str, Any]) -> dict[str, str]:
        """Open the values: ECDH over P-256, HKDF-SHA-256, AES-256-GCM, bound to what they were asked for."""
        facts, sealed = told["facts"], told["sealed"]
        key = self.keys[facts["key"]]
        epk, salt, iv, ct = (decoded(sealed[name]) for name in ("epk", "salt", "iv", "ct"))
        shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), epk))
        secret = HKDF(SHA256(), 32, salt, b"hushdesk secure form v1|" + epk + point_of(key)).derive(shared)
        bound = "|".join(("v1", *(facts[name] for name in ("tenant", "form", "request", "agent", "key"))))
        whole = AESGCM(secret).decrypt(iv, ct, bound.encode())
        return dict(json.loads(whole[4 : 4 + int.from_bytes(whole[:4], "big")]))


def take(values: dict[str, str], told: dict[str, Any]) -> dict[str, str]:
    """Do what is to be done with the values, and say no more of them than this."""
    if told["handling"] == "ask":
        # Compare with what you hold: {"outcome": "match"} or {"outcome": "no_match"}.
        return {"outcome": "no_match"}
    answer = {"status": "accepted", "receipt": told["facts"]["request"][-8:]}
    digits = "".join(filter(str.isdigit, values.get("number", "")))
    if told["facts"]["form"] == "card" and digits:
        answer |= {"brand": "visa" if digits[0] == "4" else "other", "last_four": digits[-4:]}
    return answer


def served(receiver: Receiver, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """Return a web server of a receiver; nothing of what comes in is logged."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if not 0 < length <= MAX_BODY_BYTES:
                return self.say(413, {})
            try:
                self.say(200, receiver.answer(self.headers, self.rfile.read(length), time.time()))
            except NotOursError:
                self.say(401, {})
            except (InvalidTag, KeyError, ValueError):
                self.say(422, {})

        def say(self, status: int, told: dict[str, str]) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    return ThreadingHTTPServer((host, port), Handler)


def main(arguments: list[str]) -> int:
    if len(arguments) == 2 and arguments[0] == "make":
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = Path(arguments[1])
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(pem)
        print(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
        print("fingerprint", hashlib.sha256(point_of(key)).hexdigest()[:32])
        return 0
    if len(arguments) in {3, 4} and arguments[0] == "serve":
        key = load_pem_private_key(Path(arguments[1]).read_bytes(), None)
        server = served(Receiver([key], decoded(arguments[2]), take), port=int(arguments[3]) if arguments[3:] else 9000)
        print("listening on", server.server_address[1])
        server.serve_forever()
    print(__doc__)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
