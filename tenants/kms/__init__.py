"""Key-encryption keys: a provider wraps the keys that seal things."""

from functools import cache

from django.conf import settings

from tenants.kms.local import LocalWrapper
from tenants.kms.protocol import KeyProviderError, KeyWrapper

__all__ = ["KeyProviderError", "KeyWrapper", "provider"]


@cache
def provider() -> KeyWrapper:
    """Return the service's provider, made once from settings."""
    return LocalWrapper.from_lines(settings.KEY_ENCRYPTION_KEYS)
