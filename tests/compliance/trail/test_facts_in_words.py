"""What an entry tells besides who, what and when, as a person reads it."""

from uuid import uuid4

import pytest

from compliance import audit, audit_events
from compliance.models import AuditEntry
from compliance.selectors import lines_of
from helpdesk.core.ids import reference
from tenants.actors import Actor
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


def test_a_colleague_is_named_and_any_other_id_is_short(acme, ada, mallory, olive, now):
    other = uuid4()
    with tenant_scope(acme):
        audit.record(
            Actor.member(olive), audit_events.CONVERSATION_ASSIGNED, acme, at=now, assignee=ada.id, other=other,
            foreign=mallory.id, was=None, again=True,
        )  # fmt: skip

        (line,) = lines_of(AuditEntry.objects.filter(event=audit_events.CONVERSATION_ASSIGNED))

    told = dict(fact.split(": ") for fact in line.facts.split(", "))
    assert told == {
        "assignee": "Ada", "other": reference(other), "foreign": reference(mallory.id), "was": "none", "again": "yes",
    }  # fmt: skip
