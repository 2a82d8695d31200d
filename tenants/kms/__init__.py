"""Key-encryption keys: a provider wraps the keys that seal things."""

from tenants.kms.protocol import (
    KeyProviderError,
    KeyWrapper,
    ProviderRefusedError,
    ProviderUnreachableError,
    WrongAnswerError,
)
from tenants.kms.registry import (
    BadReferenceError,
    check_reference,
    forget_providers,
    provider,
    wrapper,
    wrapper_of,
)

__all__ = [
    "BadReferenceError",
    "KeyProviderError",
    "KeyWrapper",
    "ProviderRefusedError",
    "ProviderUnreachableError",
    "WrongAnswerError",
    "check_reference",
    "forget_providers",
    "provider",
    "wrapper",
    "wrapper_of",
]
