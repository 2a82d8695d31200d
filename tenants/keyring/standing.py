"""What the directory of organisations says about using an organisation's keys."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from helpdesk.core.prepared import prepared_cursor
from tenants.keyring.cache import LIFETIME_S, SHORT_LIFETIME_S
from tenants.kms import ProviderRefusedError
from tenants.models import ModeState, TenantStatus

# Closing organisations read what they have, to take it along.
USABLE: Final = frozenset({TenantStatus.ACTIVE, TenantStatus.CLOSING})
_LOOK: Final = "SELECT status, hipaa_state, pci_state FROM tenants_tenant WHERE id = %s"


class KeysWithheldError(ProviderRefusedError):
    """The organisation is suspended or closed: its keys are not used."""


def lifetime_s(tenant_id: UUID) -> float:
    """Return how long an unwrapped key may be kept.

    Raises:
        KeysWithheldError: The organisation is suspended or closed.
    """
    with prepared_cursor() as cursor:
        return lifetime_by(cursor.execute(_LOOK, [tenant_id]).fetchone())


def lifetime_by(row: Sequence[str] | None) -> float:
    """Return the same by what the directory says: status and both modes.

    Raises:
        KeysWithheldError: As `lifetime_s`.
    """
    if row is None:
        return LIFETIME_S  # being opened, in a transaction that is not committed
    status, *modes = row
    if status not in USABLE:
        raise KeysWithheldError(status)
    return LIFETIME_S if all(mode == ModeState.OFF for mode in modes) else SHORT_LIFETIME_S
