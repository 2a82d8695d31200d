"""The cast: organisations Acme and Globex, and the people in them. Mallory, of Globex, must see nothing of Acme's."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from helpdesk.core import clock
from tenants.models import Membership, Tenant, User
from tests.cast import Cast, stage
from tests.factories import tenants as factory
from tests.support.server import PROXY, Server, running

# No property hangs on how fast this machine is just now.
hypothesis_settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any machine")

SignIn = Callable[[Client, Membership | User], Client]


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def cast(db: None) -> Cast:
    """Who is there."""
    return Cast(stage.people)


@pytest.fixture
def acme(cast: Cast) -> Tenant:
    """Olive's organisation."""
    return cast["acme"]


@pytest.fixture
def globex(cast: Cast) -> Tenant:
    """Another organisation."""
    return cast["globex"]


@pytest.fixture
def olive(acme: Tenant, cast: Cast) -> Membership:
    """Acme's owner."""
    return cast["olive"]


@pytest.fixture
def ada(acme: Tenant, cast: Cast) -> Membership:
    """An agent at Acme."""
    return cast["ada"]


@pytest.fixture
def sam(acme: Tenant, cast: Cast) -> Membership:
    """A supervisor at Acme."""
    return cast["sam"]


@pytest.fixture
def mallory(globex: Tenant, cast: Cast) -> Membership:
    """An agent at Globex."""
    return cast["mallory"]


@pytest.fixture
def oscar(cast: Cast) -> User:
    """An operator: our staff, a member of no organisation."""
    return cast["oscar"]


@pytest.fixture
def sign_in() -> SignIn:
    """Sign a client in with password and second factor, given just now or some time ago."""

    def sign_in(client: Client, who: Membership | User, *, fresh: bool = True) -> Client:
        return factory.sign_in(client, who.user if isinstance(who, Membership) else who, fresh=fresh)

    return sign_in


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """uvicorn, on this test run's databases. The files that use it are `AT_ONE_SERVER` of `tests.spread`."""
    with running(TRUSTED_PROXIES=PROXY) as server:
        yield server
