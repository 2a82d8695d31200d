"""The cast: organisations Acme and Globex, and the people in them. Mallory, of Globex, must see nothing of Acme's."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from helpdesk.core import clock
from tenants.models import Membership, Tenant, User
from tenants.roles import Role
from tests.factories import tenants as factory
from tests.factories.tenants import make_member, make_person, make_tenant, owner_of

# No property hangs on how fast this machine is just now.
hypothesis_settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any machine")

SignIn = Callable[[Client, Membership | User], Client]


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def acme(db: None, now: datetime) -> Tenant:
    """Olive's organisation."""
    return make_tenant("Acme", owner=make_person("Olive", email="olive@acme.example", now=now), now=now)


@pytest.fixture
def globex(db: None, now: datetime) -> Tenant:
    """Another organisation."""
    return make_tenant("Globex", owner=make_person("Gustav", email="gustav@globex.example", now=now), now=now)


@pytest.fixture
def olive(acme: Tenant) -> Membership:
    """Acme's owner."""
    return owner_of(acme)


@pytest.fixture
def ada(acme: Tenant, now: datetime) -> Membership:
    """An agent at Acme."""
    return make_member(acme, "Ada", Role.AGENT, now=now)


@pytest.fixture
def sam(acme: Tenant, now: datetime) -> Membership:
    """A supervisor at Acme."""
    return make_member(acme, "Sam", Role.SUPERVISOR, now=now)


@pytest.fixture
def mallory(globex: Tenant, now: datetime) -> Membership:
    """An agent at Globex."""
    return make_member(globex, "Mallory", Role.AGENT, now=now)


@pytest.fixture
def oscar(db: None, now: datetime) -> User:
    """An operator: our staff, a member of no organisation."""
    return make_person("Oscar", email="oscar@hushdesk.example", is_operator=True, now=now)


@pytest.fixture
def sign_in() -> SignIn:
    """Sign a client in with password and second factor, given just now or some time ago."""

    def sign_in(client: Client, who: Membership | User, *, fresh: bool = True) -> Client:
        return factory.sign_in(client, who.user if isinstance(who, Membership) else who, fresh=fresh)

    return sign_in
