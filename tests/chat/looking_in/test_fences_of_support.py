"""The database itself shows an operator nothing without a grant, and no look goes unwritten."""

import pytest
from django.db import DatabaseError

from chat import disclosure, support_selectors
from chat.models import Conversation, Message
from compliance import support
from tenants.operator_role import as_operator
from tenants.scoping import tenant_scope
from tests.chat.looking_in.conftest import looks, rows

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_setting_alone_lets_nobody_through(acme, grant, talk, oscar, mallory):
    """Whoever could put a statement into an operator's page names somebody, and gets what that one may."""
    assert rows(acme, mallory.user, talk) == []
    with as_operator(), tenant_scope(acme), pytest.raises(DatabaseError, match=r"app\.operator|type uuid"):
        support_selectors.entries_before(talk, None, 5)


def test_it_is_the_policies_of_the_database_that_let_nothing_through(acme, talk, oscar, owner_connection):
    assert rows(acme, oscar, talk) == []
    kept = {}
    for table in ("chat_message", "chat_conversation"):
        query = "SELECT qual FROM pg_policies WHERE tablename = %s AND policyname = 'granted'"
        (kept[table],) = owner_connection.execute(query, [table]).fetchone()
        owner_connection.execute(f"ALTER POLICY granted ON {table} USING (true)")
    try:
        assert len(rows(acme, oscar, talk)) == 2
    finally:
        for table, condition in kept.items():
            owner_connection.execute(f"ALTER POLICY granted ON {table} USING ({condition})")


def test_the_owner_of_the_tables_is_not_bound_by_it(acme, talk, owner_connection):
    """Data migrations read and write as the owner, a member of the role that the policies are about."""
    with owner_connection.transaction():
        owner_connection.execute("SELECT set_config('app.tenant', %s, true)", [str(acme.id)])
        assert owner_connection.execute("SELECT count(*) FROM chat_message").fetchone() == (2,)
        assert owner_connection.execute("UPDATE chat_message SET masked_with = masked_with").rowcount == 2


def test_the_application_may_not_ask_for_rows_as_an_operator(acme, grant, talk, oscar):
    with support.support_scope(acme.id, oscar.id), pytest.raises(DatabaseError, match="permission denied"):
        support_selectors.entries_before(talk, None, 5)


def test_the_tables_stay_closed_to_operators_who_were_let_in(acme, grant, talk, oscar):
    for read in (Message.objects.first, lambda: list(Conversation.objects.values_list("contact_id"))):
        scope = support.support_scope(acme.id, oscar.id)
        with as_operator(), pytest.raises(DatabaseError, match="permission denied"), scope:
            read()


def test_a_look_is_written_down_or_it_is_none(acme, grant, talk, oscar, now, owner_connection):
    owner_connection.execute("REVOKE INSERT ON compliance_operatorentry FROM hd_operator")
    try:
        access = support.accesses_of(oscar.id)[grant.id]
        scope = support.support_scope(acme.id, oscar.id)
        with as_operator(), pytest.raises(DatabaseError, match="permission denied"), scope:
            disclosure.for_support(talk, access, operator_id=oscar.id, now=now)
    finally:
        owner_connection.execute("GRANT INSERT ON compliance_operatorentry TO hd_operator")
    assert looks(acme) == []
