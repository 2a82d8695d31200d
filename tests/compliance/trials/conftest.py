"""Rule sets on trial at Acme."""

import pytest

from chat.models import Message
from compliance import rule_sets, trials
from compliance.actions import rule_sets as steps
from compliance.masking import Level
from compliance.masking_choice import MaskingChoice
from compliance.models import RuleSetProposal
from tenants.actors import Actor
from tenants.scoping import tenant_scope

CARD = "4111 1111 1111 1111"
ADDRESS = "write to vera@example.com"
MAIL_ON = MaskingChoice(levels={"EMAIL": Level.BALANCED})


@pytest.fixture
def by_olive(acme, olive, now):
    rule_sets.current(acme)
    return {"tenant": acme, "actor": Actor.member(olive), "now": now}


def dry_run(tenant, **options):
    return trials.dry_run(tenant.id, pause=lambda _: None, **options)


def fingerprint_of_messages(tenant):
    with tenant_scope(tenant):
        return sorted((row.id, bytes(row.body), row.masked_with) for row in Message.objects.all())


def proposal_of(tenant):
    with tenant_scope(tenant):
        return RuleSetProposal.objects.order_by("-proposed_at", "-id").first()


def counted(by_olive):
    """A policy that masks addresses, counted on what is stored."""
    steps.propose_policy(choice=MAIL_ON, **by_olive)
    return dry_run(by_olive["tenant"])
