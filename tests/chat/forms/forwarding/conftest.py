"""Acme's own system for secure forms, as it should be and as it might be."""

from types import SimpleNamespace

import pytest
from django.conf import settings

from chat.actions import form_endpoints, form_forwarding, form_templates
from chat.models import Handling
from tenants.scoping import tenant_scope
from tests.factories.tenants import owner_of
from tests.support.form_endpoints import Odd, form_receiver, new_key, pem_of, serving


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    monkeypatch.setattr(settings, "FORM_RECEIVERS_HERE", True)


@pytest.fixture
def connected(olive, now):
    """Return how an organisation's system comes to be connected."""

    def connect(address, key, member=olive):
        with tenant_scope(member.tenant):
            row = form_endpoints.set_endpoint(address=address, actor=member, now=now)
            form_endpoints.add_key(text=pem_of(key), actor=member, now=now)
        return row

    return connect


@pytest.fixture
def system(connected):
    """Acme's system, which opens what it gets and takes cards."""
    taken, key = [], new_key()

    def take(values, told):
        taken.append((values, told))
        return form_receiver.take(values, told)

    receiver = SimpleNamespace(take=take)
    server = form_receiver.served(receiver)
    with serving(server) as address:
        row = connected(address, key)
        real = form_receiver.Receiver([key], bytes(row.signing_point), take)
        receiver.answer = real.answer
        yield SimpleNamespace(taken=taken, key=key, row=row, receiver=real)


@pytest.fixture
def odd(connected):
    """Acme's system, which does as it is told."""
    told = Odd()
    with serving(told.server()) as address:
        connected(address, new_key())
        yield told


def ask(desk, chat, handling=Handling.FORWARD, kind="card"):
    with tenant_scope(desk.member.tenant):
        form_templates.handle_form(chosen=kind, handling=handling, actor=owner(desk), now=desk.now)
        form = form_templates.form_named(kind)
    return desk.ask(chat, form)


def owner(desk):
    return owner_of(desk.member.tenant)


def bring(form):
    return form_forwarding.forward(tenant_id=form.tenant_id, form_id=form.id)
