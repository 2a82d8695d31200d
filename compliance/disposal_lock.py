"""Who disposes of records and who decides about it do not overlap.

`disposing()` is held by any number of those who erase, each for one batch. `deciding()` waits until none is at it, and
keeps the next one from beginning. So from the moment at which a hold stands, or records are to be kept for longer,
nothing goes by what was decided before.
"""

from helpdesk.core import advisory
from tenants.scoping import current_tenant_id


def disposing() -> None:
    """Begin to erase, until the transaction ends. Call it inside the tenant's scope, before looking for what goes."""
    # A lock of its own and not the organisation's row: that one is wanted by everyone who writes a message.
    advisory.lock("disposal", current_tenant_id(), is_shared=True)


def deciding() -> None:
    """Begin to decide what is kept, until the transaction ends. Call it inside the tenant's scope, first of all."""
    advisory.lock("disposal", current_tenant_id())
