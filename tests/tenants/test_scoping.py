import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from helpdesk.core import clock
from tenants.models import AllowedOrigin, Invitation, Membership
from tenants.scoping import ScopeError, current_tenant_id, tenant_scope

pytestmark = pytest.mark.django_db


def setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant', true)")
        return cursor.fetchone()[0] or ""


def add_origin(tenant, origin="https://shop.example"):
    return AllowedOrigin.objects.create(tenant=tenant, origin=origin, created_at=clock.now())


@pytest.mark.parametrize(
    "query",
    [
        Membership.objects.all,
        Membership.objects.exists,
        lambda: Membership.objects.bulk_create([]),
        Membership._base_manager.all,
        current_tenant_id,
    ],
)
def test_a_query_outside_a_scope_raises_when_it_is_made(query):
    with pytest.raises(ScopeError):
        query()


def test_a_scope_sees_its_own_rows_only(acme, globex):
    with tenant_scope(acme):
        add_origin(acme)
        assert AllowedOrigin.objects.count() == 1

    with tenant_scope(globex):
        assert AllowedOrigin.objects.count() == 0


def test_the_second_fence_holds_where_the_first_is_passed_by(acme, globex):
    with tenant_scope(acme):
        add_origin(acme)

    with tenant_scope(globex), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_allowedorigin")
        assert cursor.fetchone() == (0,)
        cursor.execute("UPDATE tenants_allowedorigin SET origin = 'https://evil.example'")
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM tenants_allowedorigin")
        assert cursor.rowcount == 0


def test_a_row_for_another_tenant_cannot_be_written(acme, globex):
    with pytest.raises(DatabaseError), tenant_scope(globex):
        add_origin(acme)


def test_a_row_cannot_be_moved_to_another_tenant(acme, globex):
    with tenant_scope(acme):
        origin = add_origin(acme)

    with pytest.raises(DatabaseError), tenant_scope(acme), connection.cursor() as cursor:
        cursor.execute("UPDATE tenants_allowedorigin SET tenant_id = %s WHERE id = %s", [globex.id, origin.id])


def test_forgetting_the_scope_in_sql_is_an_error_and_not_an_empty_list(acme):
    with tenant_scope(acme):
        pass

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tenants_membership")


def test_the_scope_of_another_tenant_cannot_be_opened_inside(acme, globex):
    with tenant_scope(acme), pytest.raises(ScopeError), tenant_scope(globex):
        pass


def test_scopes_of_one_tenant_nest(acme):
    with tenant_scope(acme):
        with tenant_scope(acme):
            assert current_tenant_id() == acme.id
        assert current_tenant_id() == acme.id
        assert setting() == str(acme.id)


def test_leaving_a_scope_leaves_nothing_behind_even_inside_a_transaction(acme):
    with transaction.atomic():
        with tenant_scope(acme):
            assert setting() == str(acme.id)
        assert setting() == ""


def test_an_exception_leaves_nothing_behind_and_rolls_back(acme):
    def fail_half_way() -> None:
        with transaction.atomic(), tenant_scope(acme):
            add_origin(acme)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert setting() == ""
    with tenant_scope(acme):
        assert AllowedOrigin.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_after_the_commit_the_connection_carries_no_tenant(acme):
    with tenant_scope(acme):
        pass

    assert setting() == ""


def test_a_reference_to_another_tenants_row_is_refused(acme, globex, mallory):
    now = clock.now()
    invitation = Invitation(
        tenant=acme,
        email="new@acme.example",
        role="agent",
        token_hash=b"x" * 32,
        invited_by_id=mallory.id,
        created_at=now,
        expires_at=now,
    )

    def save_and_check() -> None:
        with tenant_scope(acme), connection.cursor() as cursor:
            invitation.save(force_insert=True)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError):
        save_and_check()
