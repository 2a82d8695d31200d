"""May this member do that? The only question asked of a membership."""

from tenants.models import Membership
from tenants.roles import ROLE_CAPABILITIES, Capability


class NotPermittedError(Exception):
    """The actor's role does not allow the act, or does not reach the object."""


def may(membership: Membership, capability: Capability) -> bool:
    """Return whether an active member's role includes a capability."""
    return membership.is_active and capability in ROLE_CAPABILITIES[membership.role]


def require(membership: Membership, capability: Capability) -> None:
    """Let an act pass.

    Raises:
        NotPermittedError: The member is not active, or the role lacks the capability.
    """
    if not may(membership, capability):
        raise NotPermittedError(capability.value)
