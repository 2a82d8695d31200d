"""A message in which masking missed something and took something for what it was not."""

from uuid import uuid4

import pytest

from chat.actions import messages, reports
from chat.actions.conversations import start_conversation
from chat.actions.reports import Spot
from chat.models import Finding, Inbox, Message
from chat.permissions import Visitor
from compliance.models import AuditEntry
from tenants.encryption.opening import open_sealed
from tenants.scoping import tenant_scope

TEXT = "your invoice is fine, says Zbigniew, but I am EMP-12345 with card 4111 1111 1111 1111"


@pytest.fixture
def asked(acme, now):
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    visitor = Visitor(acme.id, inbox.id, uuid4().bytes * 2, "https://shop.example")
    conversation, visitor = start_conversation(visitor=visitor, client_id=uuid4(), now=now)
    messages.post_visitor_message(
        visitor=visitor, conversation_id=conversation.id, client_id=uuid4(), text=TEXT, kind="public", now=now
    )
    return conversation


def stored(conversation):
    """The message, its text and what is hidden in it."""
    with tenant_scope(conversation.tenant_id):
        message = Message.objects.get(conversation_id=conversation.id)
        slot = Message.slot(message.tenant_id, conversation.contact_id, message.id)
        findings = {finding.entity: finding for finding in Finding.objects.filter(message=message)}
    return message, open_sealed(slot, bytes(message.body)), findings


def span_of(conversation, part):
    text = stored(conversation)[1]
    return text.index(part), text.index(part) + len(part)


def version(conversation):
    return Message.version_of(bytes(stored(conversation)[0].body))


def miss(conversation, actor, now, *, part="EMP-12345", entity="OTHER", mask_now=True, **other):
    wanted = {"spot": Spot(conversation.id, 1), "span": span_of(conversation, part), "version": version(conversation)}
    return reports.report_miss(**{**wanted, **other}, entity=entity, mask_now=mask_now, actor=actor, now=now)


def false_alarm(conversation, actor, now):
    finding = stored(conversation)[2]["CARD"]
    span = (finding.start, finding.end)
    return reports.report_false_alarm(spot=Spot(conversation.id, 1), span=span, actor=actor, now=now)


def entries(tenant, event):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event).order_by("id"))
