"""Which provider: the service's own by settings, an organisation's own by name and key reference."""

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from django.conf import settings

from tenants.kms.aws import PREFIX as AWS_PREFIX
from tenants.kms.aws import AwsWrapper
from tenants.kms.breaker import Guarded
from tenants.kms.local import LocalWrapper
from tenants.kms.protocol import KeyProviderError, KeyWrapper
from tenants.kms.vault import VaultWrapper

# A region and an account of AWS, a key or an alias; nothing that could become another host.
ARN: Final = re.compile(r"arn:aws(-cn|-us-gov)?:kms:[a-z]{2}(-[a-z]+)+-\d:\d{12}:(key|alias)/[A-Za-z0-9/_-]{1,128}")
MOUNT_AND_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*){0,4}/[A-Za-z0-9][A-Za-z0-9_.-]{0,100}")


class BadReferenceError(Exception):
    """The reference names no key of that provider."""


def _local(_reference: str) -> KeyWrapper:
    return LocalWrapper.from_lines(settings.KEY_ENCRYPTION_KEYS)


def _aws(reference: str) -> KeyWrapper:
    return AwsWrapper.connect(reference or settings.AWS_KMS_KEY)


def _vault(reference: str) -> KeyWrapper:
    return VaultWrapper(settings.VAULT_ADDR, settings.VAULT_TOKEN, reference or settings.VAULT_TRANSIT_KEY)


BUILDERS: Final[dict[str, Callable[[str], KeyWrapper]]] = {"local": _local, "aws": _aws, "vault": _vault}
_SHAPES: Final = {"aws": ARN, "vault": MOUNT_AND_KEY}


def provider() -> KeyWrapper:
    """Return the service's provider."""
    return wrapper(settings.KMS_PROVIDER)


@cache
def wrapper(name: str, reference: str = "") -> KeyWrapper:
    """Return a provider, with a breaker of its own; without a reference, under the service's own key.

    Raises:
        KeyProviderError: There is no such provider, or it is not set up here.
    """
    if (build := BUILDERS.get(name)) is None:
        raise KeyProviderError("no such key provider")
    return Guarded(build(reference))


def wrapper_of(wrapped: bytes) -> KeyWrapper:
    """Return the provider that wrapped something for the service itself, told by how it begins."""
    if wrapped.startswith(AWS_PREFIX):
        return wrapper("aws")
    return wrapper("vault" if wrapped.startswith(b"vault:") else "local")


def check_reference(name: str, reference: str) -> None:
    """Let pass what can be the name of an organisation's own key.

    Raises:
        BadReferenceError: It cannot; the text is not repeated.
    """
    shape = _SHAPES.get(name)
    if shape is None or not shape.fullmatch(reference):
        raise BadReferenceError(name)


def forget_providers() -> None:
    """Make every provider anew, with closed breakers: for tests and after settings changed."""
    wrapper.cache_clear()
