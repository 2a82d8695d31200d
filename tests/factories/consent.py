"""Visitors who have read, or agreed to, what is in force; and organisations that ask them."""

from uuid import UUID

from chat.actions.consent import Given
from chat.actions.openings import Opening
from chat.models import ConsentEntry, Conversation, VisitorSession
from compliance import rule_sets
from compliance.models import LawRegion
from compliance.notices.in_force import Notices, notices_of
from tenants.models import PolicyChoice, Tenant
from tenants.policy_names import CONSENT
from tenants.scoping import tenant_scope


def ask_visitors(tenant: Tenant) -> None:
    """Let an organisation ask its visitors as every new one does: where the law asks, or may."""
    with tenant_scope(tenant):
        PolicyChoice.objects.filter(key=CONSENT).delete()
    rule_sets.forget(tenant.id)


def notices_in(tenant: Tenant | UUID) -> Notices:
    """What is in force."""
    notices = rule_sets.current(tenant).notices
    assert notices is not None
    return notices


def agreed(
    tenant: Tenant | UUID, *, region: LawRegion = LawRegion.DEFAULT, language: str = "en", gpc: bool = False
) -> Given:
    """What the browser of a visitor says who has agreed."""
    shown = notices_in(tenant).of(region, language)
    return Given(shown.digest, gpc=gpc, entry=ConsentEntry.SOCKET)


def has_agreed(conversation: Conversation, tenant: Tenant) -> None:
    """Let the visitor of a stored conversation have agreed to what an organisation, as it is given, has in force."""
    with tenant_scope(tenant):
        shown = notices_of(tenant).of(LawRegion.DEFAULT, "en")
        VisitorSession.objects.filter(id=conversation.started_by_id).update(notice_hash=shown.digest)


def agreed_opening(tenant: Tenant | UUID) -> Opening:
    """How the conversation of such a visitor begins."""
    return Opening(consent=agreed(tenant))
