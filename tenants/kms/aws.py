"""AWS Key Management Service. `boto3` is needed only where this provider is chosen; credentials come its usual way."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from django.conf import settings

from tenants.kms.protocol import KeyProviderError, ProviderRefusedError, ProviderUnreachableError

# Wrapped keys carry the provider's name, so that what was wrapped by another is never sent to KMS.
PREFIX: Final = b"aws:"
CONNECT_S: Final = 2.0
READ_S: Final = 3.0
# Error codes after which the same question may be answered a moment later.
PASSING: Final = frozenset(
    {
        "ThrottlingException",
        "LimitExceededException",
        "RequestLimitExceeded",
        "KMSInternalException",
        "DependencyTimeoutException",
        "KeyUnavailableException",
        "ServiceUnavailable",
        "InternalFailure",
    }
)


class AwsWrapper:
    """Wraps by `Encrypt` with an EncryptionContext of tenant, purpose and version; the key is pinned in `Decrypt`."""

    name = "aws"

    def __init__(self, key_id: str, client: Any) -> None:
        self._key_id = key_id
        self._client = client

    @classmethod
    def connect(cls, key_id: str) -> "AwsWrapper":
        """Make a client from settings.

        Raises:
            KeyProviderError: The library is not installed.
        """
        try:
            boto3, config = import_module("boto3"), import_module("botocore.config")
        except ImportError:
            raise KeyProviderError("the provider aws needs boto3") from None
        once = config.Config(
            connect_timeout=CONNECT_S, read_timeout=READ_S, retries={"mode": "standard", "total_max_attempts": 2}
        )
        region = key_id.split(":")[3] if key_id.startswith("arn:") else settings.AWS_REGION
        # A region of its own belongs to the key; an endpoint of its own belongs to the service.
        endpoint = settings.AWS_KMS_ENDPOINT or None
        return cls(key_id, boto3.client("kms", region_name=region, endpoint_url=endpoint, config=once))

    def wrap(self, key: bytes, context: bytes) -> bytes:
        answer = self._ask("encrypt", KeyId=self._key_id, Plaintext=key, EncryptionContext=encryption_context(context))
        return PREFIX + bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        if not wrapped.startswith(PREFIX):
            raise ProviderRefusedError("the key was not wrapped by KMS")
        answer = self._ask(
            "decrypt",
            KeyId=self._key_id,
            CiphertextBlob=wrapped.removeprefix(PREFIX),
            EncryptionContext=encryption_context(context),
        )
        return bytes(answer["Plaintext"])

    def is_current(self, wrapped: bytes) -> bool:
        """KMS turns its own key material and remembers each: nothing has to be wrapped again for it."""
        return wrapped.startswith(PREFIX)

    def health(self) -> None:
        state = self._ask("describe_key", KeyId=self._key_id)["KeyMetadata"]["KeyState"]
        if state != "Enabled":
            raise ProviderRefusedError(f"the key is not enabled in KMS: {state}")

    def _ask(self, operation: str, **arguments: Any) -> Any:
        exceptions = import_module("botocore.exceptions")
        try:
            return getattr(self._client, operation)(**arguments)
        except exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            kind = ProviderUnreachableError if code in PASSING else ProviderRefusedError
            raise kind(f"KMS: {code}") from None
        except exceptions.BotoCoreError as error:
            raise ProviderUnreachableError(f"KMS: {type(error).__name__}") from None


def encryption_context(context: bytes) -> Mapping[str, str]:
    """Spell a wrapping context as KMS logs it: tenant, purpose, version; anything else by its kind and id."""
    kind, *rest = context.decode().split("|")
    if kind == "key" and len(rest) == 3:
        return dict(zip(("tenant", "purpose", "version"), rest, strict=True))
    return {"kind": kind, "id": "|".join(rest)}
