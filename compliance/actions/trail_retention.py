"""Decide how long the audit trail is kept."""

from datetime import datetime

from django.db import transaction

from compliance.disposal_lock import deciding
from tenants.actions.policies import NoSuchChoiceError, write_choice
from tenants.models import Membership, PolicyChoice
from tenants.permissions import require
from tenants.policy_names import AUDIT_KEPT
from tenants.policy_table import POLICIES
from tenants.roles import Capability


@transaction.atomic
def keep_trail(*, kept: str, actor: Membership, now: datetime) -> PolicyChoice:
    """Keep audit entries for so long, by a value of the policy table. What is told to go by then and is younger stays.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not decide how long records are kept.
        NoSuchChoiceError: The table has no such time.
        BelowFloorError: A mode wants a longer one.
    """
    require(actor, Capability.MANAGE_RETENTION)
    if kept not in POLICIES[AUDIT_KEPT].values:
        raise NoSuchChoiceError
    deciding()
    return write_choice(key=AUDIT_KEPT, value=kept, actor=actor, now=now)
