"""The gate's look and the page are one transaction; what the gate writes down is another, which no page undoes."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from helpdesk.core import clock
from tenants.models import AllowedOrigin, Membership, StaffSession
from tenants.scoping import ScopeError, current_tenant_id, tenant_scope
from tenants.views import people
from tests.support.later import later

pytestmark = pytest.mark.django_db(transaction=True)
SETTINGS = "/o/acme/settings/"


@pytest.fixture
def desk(sign_in, ada):
    """Ada's browser, of whose first access has been taken note."""
    client = sign_in(Client(raise_request_exception=False), ada)
    assert client.get(SETTINGS).status_code == 200
    return client


@pytest.fixture
def broken_page(monkeypatch):
    """A page that writes something and fails."""

    def render(request, *_):
        AllowedOrigin.objects.create(
            tenant=request.tenant, origin="https://half.example", created_at=request.tenant.created_at
        )
        raise ZeroDivisionError

    monkeypatch.setattr(people, "render", render)


def transactions(desk):
    with CaptureQueriesContext(connection) as seen:
        assert desk.get(SETTINGS).status_code == 200
    return [each["sql"] for each in seen.captured_queries if each["sql"] in {"BEGIN", "COMMIT", "ROLLBACK"}]


def origins(tenant):
    with tenant_scope(tenant):
        return AllowedOrigin.objects.count()


def test_a_page_is_shown_in_the_transaction_of_the_gates_look(desk):
    assert transactions(desk) == ["BEGIN", "COMMIT"]


def test_what_the_gate_writes_down_is_committed_before_the_page_begins(desk):
    with later(minutes=1):
        assert transactions(desk) == ["BEGIN", "COMMIT"] * 2


def test_that_somebody_was_active_stays_where_the_page_fails(desk, acme, broken_page):
    with later(hours=7):
        assert desk.get(SETTINGS).status_code == 500

        assert StaffSession.objects.get().active_at == clock.now()
        with tenant_scope(acme):
            assert Membership.objects.get(role="agent").used_at == clock.now()
    assert origins(acme) == 0


def test_the_first_access_stays_where_the_page_fails(sign_in, ada, acme, broken_page):
    client = sign_in(Client(raise_request_exception=False), ada)

    assert client.get(SETTINGS).status_code == 500

    with tenant_scope(acme):
        assert Membership.objects.get(id=ada.id).first_access_at is not None
    assert origins(acme) == 0


def test_what_a_page_wrote_before_it_failed_is_undone_where_nothing_was_written_down(desk, acme, broken_page):
    assert desk.get(SETTINGS).status_code == 500

    assert origins(acme) == 0


def test_no_scope_is_left_open_by_a_page_that_fails_nor_by_one_that_is_shown(desk, broken_page, monkeypatch):
    desk.get(SETTINGS)
    monkeypatch.undo()
    desk.get(SETTINGS)

    with pytest.raises(ScopeError):
        current_tenant_id()
    assert not connection.in_atomic_block
