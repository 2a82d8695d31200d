"""What a mode wants of networks and browsers: one of them limited, within seven days of the mode being on."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction

from tenants.mail import Mail
from tenants.mail_owners import mail_owners
from tenants.models import PlaceDue, Tenant
from tenants.places.rule import AddressRuling
from tenants.places.stored import rulings
from tenants.policies import in_force as policy_of
from tenants.policy_names import DEVICE_RULE, ENROLLED_DEVICE, PLACE_REQUIRED, PLACE_RULE
from tenants.roles import Role

GRACE: Final = timedelta(days=7)


class HeldByModeError(Exception):
    """A mode wants networks or browsers limited, and this would leave neither."""


def is_required(tenant: Tenant) -> bool:
    """Whether one of the two has to be limited. Call it inside the tenant's scope."""
    return policy_of(tenant, PLACE_RULE).value == PLACE_REQUIRED


def limits_all(ruling: AddressRuling | None) -> bool:
    """Whether an address rule holds for everyone."""
    return ruling is not None and ruling.is_on and ruling.roles >= set(Role)


def require_left(tenant: Tenant, *, address_rule: AddressRuling | None, device_rule: str) -> None:
    """See that what would be left is enough.

    Raises:
        HeldByModeError: It is not, and a mode wants it.
    """
    if is_required(tenant) and not limits_all(address_rule) and device_rule != ENROLLED_DEVICE:
        raise HeldByModeError


@transaction.atomic
def look(tenant: Tenant, *, now: datetime) -> None:
    """Set the day by which one has to be limited, and tell the owners; or forget it once it is so."""
    # What is on trial may be gone in a moment, and would bring seven days anew each time.
    standing = next((rule for rule in rulings() if rule.until is None), None)
    is_limited = limits_all(standing) or policy_of(tenant, DEVICE_RULE).value == ENROLLED_DEVICE
    if is_limited or not is_required(tenant):
        PlaceDue.objects.all().delete()
        return
    due, is_new = PlaceDue.objects.get_or_create(tenant_id=tenant.id, defaults={"due_at": now + GRACE})
    if is_new:
        by = f"{due.due_at:%d %B %Y}"
        transaction.on_commit(partial(mail_owners, tenant, Mail.PLACE_DUE, by=by), robust=True)
