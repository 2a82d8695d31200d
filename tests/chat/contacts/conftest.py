"""Vera, who has a conversation and may be known by name, address and number."""

import pytest
from django.conf import settings
from django.test import Client

from chat import contact_disclosure, search
from chat.actions.contacts import change_contact_details
from chat.models import Contact, ContactDetails
from compliance.models import AuditEntry
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

VERA = ContactDetails(name="Vera Visser", email="Vera@Tents.example", phone="+49 30 901820")


@pytest.fixture
def talk(acme, now):
    """Vera's conversation, her details not known yet."""
    return store_conversation(acme, ["Is the tent back?"], at=now)


@pytest.fixture
def known(acme, ada, talk, now):
    """The same, with her details."""
    change(talk, VERA, ada, now)
    return talk


def change(talk, given, member, now):
    with tenant_scope(member.tenant_id):
        seen = Contact.objects.filter(id=talk.contact_id).values_list("details_changed_at", flat=True).first()
        return change_contact_details(conversation_id=talk.id, given=given, seen=seen, actor=member, now=now)


def row(talk):
    with tenant_scope(talk.tenant_id):
        return Contact.objects.get(id=talk.contact_id)


def shown(talk, member, now):
    with tenant_scope(member.tenant_id):
        return contact_disclosure.contact_details(row_in_scope(talk), member, now=now)


def row_in_scope(talk):
    return Contact.objects.get(id=talk.contact_id)


def found(wanted, member, now):
    with tenant_scope(member.tenant_id):
        return [one.id for one in search.conversations_by_detail(wanted=wanted, member=member, now=now).rows]


def entries(tenant, event):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event).values_list("facts", flat=True))


@pytest.fixture
def desk(sign_in, ada):
    return sign_in(Client(headers={"Host": settings.SITE_HOST}), ada)


def url(talk, slug="acme"):
    return f"/o/{slug}/conversations/{talk.id}/visitor/"
