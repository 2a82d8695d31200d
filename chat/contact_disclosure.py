"""Open what contacts are called and reached by, for whoever may know it. Call these inside the tenant's scope."""

from collections.abc import Sequence
from datetime import datetime

from chat import permissions
from chat.disclosure import opened_detail
from chat.models import SEALED, Contact, ContactDetails
from chat.permissions import Visitor
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import NotPermittedError, require
from tenants.roles import Capability


def contact_details(contact: Contact, membership: Membership, *, now: datetime) -> ContactDetails:
    """Open what a contact is called and reached by, for a member; what was erased is unknown.

    Raises:
        NotPermittedError: The member may not read conversations, or is of another organisation.
    """
    details = exported_details(contact, membership)
    if shown := ", ".join(name for name in SEALED if getattr(details, name)):
        audit.record(Actor.member(membership), audit_events.CONTACT_DISCLOSED, contact, at=now, details=shown)
    return details


def known_address(contact: Contact) -> str:
    """Open a contact's e-mail address to send them a code; empty where it is unknown or was erased."""
    return _opened_one(contact, "email") or ""


def exported_details(contact: Contact, membership: Membership) -> ContactDetails:
    """Open the same for an export, which is recorded as a whole.

    Raises:
        NotPermittedError: As `contact_details`.
    """
    require(membership, Capability.READ_CONVERSATIONS)
    if contact.tenant_id != membership.tenant_id:
        raise NotPermittedError("tenant")
    return _opened(contact)


def own_details(contact: Contact, visitor: Visitor) -> ContactDetails:
    """Open the same for the person themselves, who has proven to be the one.

    Raises:
        NotPermittedError: They are another's.
    """
    permissions.require_own(visitor, contact.tenant_id, contact.id)
    return _opened(contact)


def still_readable(contacts: Sequence[Contact], detail: str) -> list[Contact]:
    """Leave out contacts whose key was destroyed: a token in a restored backup leads to nobody."""
    return [one for one in contacts if _opened_one(one, detail) is not None]


def _opened(contact: Contact) -> ContactDetails:
    return ContactDetails(**{name: _opened_one(contact, name) for name in SEALED})


def _opened_one(contact: Contact, detail: str) -> str | None:
    return opened_detail(contact.tenant_id, contact.id, detail, contact.sealed(detail))
