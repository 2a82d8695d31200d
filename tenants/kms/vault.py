"""HashiCorp Vault's Transit engine over its HTTP API. The key must be derived, so that the context binds."""

import base64
import binascii
import http.client
import json
from typing import Any, Final
from urllib.parse import quote, urlsplit

from tenants.kms.protocol import KeyProviderError, ProviderRefusedError, ProviderUnreachableError, WrongAnswerError

TIMEOUT_S: Final = 3.0
MAX_ANSWER_BYTES: Final = 64 * 1024
# Too many requests; sealed, standby or starting; everything else from 500 on.
PASSING: Final = frozenset({412, 429, 472, 473})


class VaultWrapper:
    """Wraps by `transit/encrypt` with a derived key. A reference is `mount/key`."""

    name = "vault"

    def __init__(self, address: str, token: str, reference: str, *, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise KeyProviderError("VAULT_ADDR is not an address")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._token = token
        self._mount, _, self._key = reference.rpartition("/")
        self._timeout_s = timeout_s

    def wrap(self, key: bytes, context: bytes) -> bytes:
        asked = {"plaintext": _text(key), "context": _text(context)}
        return _ciphertext(self._ask("POST", "encrypt", asked))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        if not wrapped.startswith(b"vault:"):
            raise ProviderRefusedError("the key was not wrapped by Vault")
        asked = {"ciphertext": wrapped.decode("ascii", "replace"), "context": _text(context)}
        try:
            return base64.b64decode(self._ask("POST", "decrypt", asked)["plaintext"], validate=True)
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise WrongAnswerError("Vault answered without a key") from None

    def is_current(self, wrapped: bytes) -> bool:
        return wrapped.startswith(f"vault:v{self._described()['latest_version']}:".encode())

    def health(self) -> None:
        if self._described().get("derived") is not True:
            raise ProviderRefusedError("the Transit key is not derived: it would not bind to an organisation")

    def _described(self) -> dict[str, Any]:
        described = self._ask("GET", "keys")
        if not isinstance(described.get("latest_version"), int):
            raise WrongAnswerError("Vault did not describe the key")
        return described

    def _ask(self, method: str, operation: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        path = f"/v1/{quote(self._mount)}/{operation}/{quote(self._key, safe='')}"
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout_s)
        try:
            headers = {"X-Vault-Token": self._token, "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            content = response.read(MAX_ANSWER_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise ProviderUnreachableError(f"Vault: {type(error).__name__}") from None
        finally:
            connection.close()
        return _data(response.status, content)


def _data(status: int, content: bytes) -> dict[str, Any]:
    if status in PASSING or status >= 500:
        raise ProviderUnreachableError(f"Vault: status {status}")
    if status != 200:
        raise ProviderRefusedError(f"Vault: status {status}")
    try:
        data = json.loads(content)["data"]
    except (ValueError, KeyError, TypeError):
        raise WrongAnswerError("Vault did not answer in JSON") from None
    if not isinstance(data, dict):
        raise WrongAnswerError("Vault answered without data")
    return data


def _ciphertext(data: dict[str, Any]) -> bytes:
    text = data.get("ciphertext")
    if not isinstance(text, str) or not text.startswith("vault:v") or not text.isascii():
        raise WrongAnswerError("Vault answered without a wrapped key")
    return text.encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
