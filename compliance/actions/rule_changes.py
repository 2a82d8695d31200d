"""What follows a change of what an organisation masks: a mode, its own choice."""

from functools import partial
from uuid import UUID

from django.db import transaction

from compliance import rule_sets, tasks


def announce_rule_change(tenant_id: UUID) -> None:
    """Let the next text be masked by the new rules, and what is stored be scanned by them, once they are committed."""
    transaction.on_commit(partial(rule_sets.forget, tenant_id))
    # Once now, and once more for what other processes stored while they still knew the rules of before.
    for pause_s in (0, 2 * rule_sets.LIFETIME_S):
        # Robust: with Valkey away the rules change all the same, and beat starts the re-scan within minutes.
        transaction.on_commit(partial(tasks.rescan_tenant.for_tenant(tenant_id).after, pause_s), robust=True)
