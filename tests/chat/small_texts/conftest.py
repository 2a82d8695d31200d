"""What is written besides messages: questions, subjects, canned responses."""

import pytest

from chat.actions import canned_responses
from chat.models.columns import OF_CONTACTS, OF_ORGANISATIONS
from tenants.scoping import tenant_scope

CARD = "4111 1111 1111 1111"
MASKED = "[card •••• 1111]"


def everything(acme):
    """Every column of small texts, as bytes."""
    with tenant_scope(acme):
        return b"".join(
            bytes(value)
            for column in (*OF_CONTACTS, *OF_ORGANISATIONS)
            for value in column.model.objects.values_list(column.name, flat=True)
            if value
        )


@pytest.fixture
def hello(acme, ada, now):
    """A canned response."""
    with tenant_scope(acme):
        return canned_responses.create_canned_response(
            shortcut="/Hello-2", text=f"Hello! Never send {CARD}.", actor=ada, now=now
        )
