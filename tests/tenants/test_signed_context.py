"""With a key, a statement alone cannot name an organisation: the database takes only a context that we have signed."""

import os
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from chat.support_selectors import entries_before
from compliance import audit_chain
from compliance.anchoring.places import Folder
from compliance.support import support_scope
from tenants.guard import UnsafeDatabaseError, check_database_role
from tenants.keyring.models import TenantKey
from tenants.keyring.scope import keys_scope
from tenants.models import Membership
from tenants.operator_role import as_operator
from tenants.rls import FLOOR
from tenants.scoping import tenant_scope
from tenants.selectors import memberships_of
from tenants.signed_context import WeakKeyError, signed, switch_off, switch_on
from tests.factories.stored import store_conversation
from tests.factories.support import let_in
from tests.support.aged_trail import LONG, AgedTrail

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "a key of the tests, long enough to count"


@pytest.fixture
def verified(acme, globex, settings, owner_connection, owner_keys_connection):
    """Both databases verify; afterwards they read the plain setting again."""
    for owner in (owner_connection, owner_keys_connection):
        with owner.transaction():
            assert switch_on(owner.execute, KEY) >= 2
    settings.TENANT_CONTEXT_KEY = KEY
    yield
    for owner in (owner_connection, owner_keys_connection):
        with owner.transaction():
            switch_off(owner.execute)


def members_seen(context):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [context])
        cursor.execute("SELECT tenant_id FROM tenants_membership")
        return {tenant_id for (tenant_id,) in cursor.fetchall()}


def expired(context):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [context])
        cursor.execute("SELECT expire_audit()")


def test_a_scope_is_signed_and_sees_its_rows(verified, acme, olive):
    with tenant_scope(acme):
        assert [member.id for member in Membership.objects.all()] == [olive.id]
    with keys_scope(acme.id):
        assert TenantKey.objects.count() == 5


def test_what_is_looked_up_before_a_tenant_is_known_needs_no_context(verified, acme, olive):
    assert [summary.tenant_id for summary in memberships_of(olive.user)] == [acme.id]


def test_the_audit_trail_is_sealed_and_verified_by_signed_contexts_too(verified, acme, globex):
    assert audit_chain.seal(acme.id) > 0

    assert (audit_chain.verify(acme.id).broken, audit_chain.verify(acme.id).waiting) == (None, 0)
    assert globex.id in audit_chain.waiting()


def test_audit_entries_expire_by_signed_contexts_too(verified, acme, globex, tmp_path):
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as database:
        trail = AgedTrail(acme, Folder(tmp_path / "anchors"), database)
        old = trail.grow(2, LONG)
        trail.grow(1, LONG / 2)
        trail.verified(LONG / 3)
        trail.expire()
        with pytest.raises(DatabaseError, match="not signed"):
            expired(str(acme.id))

        assert trail.expire() == old


def test_support_access_passes_by_a_signed_context_too(verified, acme, olive, oscar, now):
    talk = store_conversation(acme, ["My lamp is broken"], at=now)
    let_in(olive, oscar, now=now)

    with as_operator(), support_scope(acme.id, oscar.id):
        assert len(entries_before(talk, None, 5)) == 1


def test_a_plain_tenant_is_refused(verified, globex):
    with pytest.raises(DatabaseError, match="not signed"):
        members_seen(str(globex.id))


@pytest.mark.parametrize("forge", ["another tenant's", "another key's", "cut short", "empty"])
def test_a_forged_context_is_refused(verified, acme, globex, forge):
    mac = signed(acme.id, KEY).partition(".")[2]
    contexts = {
        "another tenant's": f"{globex.id}.{mac}",
        "another key's": signed(globex.id, "x" * 32),
        "cut short": signed(globex.id, KEY)[:-1],
        "empty": f"{globex.id}.",
    }

    with pytest.raises(DatabaseError, match="not signed"):
        members_seen(contexts[forge])


def test_the_mac_is_that_of_the_standard_library(verified, acme):
    assert members_seen(signed(acme.id, KEY)) == {acme.id}


def test_a_row_of_another_organisation_is_not_written_either(verified, acme, globex, now):
    with pytest.raises(DatabaseError, match="row-level security"), tenant_scope(acme):
        Membership.objects.create(tenant=globex, user_id=uuid4(), role="owner", created_at=now)


def test_the_application_cannot_read_the_key(verified):
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenant_context_key")


def test_start_up_refuses_a_key_that_the_database_knows_nothing_of(settings):
    settings.TENANT_CONTEXT_KEY = KEY

    with pytest.raises(UnsafeDatabaseError, match="takes no signed contexts"):
        check_database_role()


def test_start_up_refuses_a_database_that_wants_what_is_not_signed(verified, settings):
    check_database_role(with_operators=True)
    settings.TENANT_CONTEXT_KEY = ""

    with pytest.raises(UnsafeDatabaseError, match="wants signed contexts"):
        check_database_role()


def test_operators_work_by_signed_contexts_too(verified, acme, olive):
    with as_operator(), tenant_scope(acme):
        assert [member.id for member in Membership.objects.all()] == [olive.id]


def test_a_short_key_is_refused(owner_connection):
    with pytest.raises(WeakKeyError):
        switch_on(owner_connection.execute, "short")


def test_switched_off_everything_is_as_before(acme, owner_connection):
    floors = "SELECT tablename, qual, with_check FROM pg_policies WHERE policyname <> 'lookup' ORDER BY 1, policyname"
    before = owner_connection.execute(floors).fetchall()

    with owner_connection.transaction():
        switch_on(owner_connection.execute, KEY)
        switch_off(owner_connection.execute)

    assert owner_connection.execute(floors).fetchall() == before
    assert FLOOR.partition(" = ")[0] in str(before)
    with pytest.raises(psycopg.errors.UndefinedFunction):
        owner_connection.execute("SELECT verified_tenant()")
