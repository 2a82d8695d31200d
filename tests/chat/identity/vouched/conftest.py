"""Visitors whom Acme's site vouches for, and what is known of them."""

from chat import contact_disclosure
from chat.identity.standing import standing_of
from chat.models import Conversation
from tenants.scoping import tenant_scope

GOOD = 200


def standing(tenant, conversation_id, now):
    with tenant_scope(tenant):
        return standing_of(Conversation.objects.get(id=conversation_id), now)


def known_of(browser, member, now):
    with tenant_scope(browser.tenant):
        return contact_disclosure.contact_details(browser.session().contact, member, now=now)


def talking(browser, text="Hello"):
    conversation = browser.start()
    browser.say(conversation, text)
    return conversation
