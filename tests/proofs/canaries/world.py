"""The organisation that the canaries are sent to, and its people."""

from pathlib import Path

from chat.models import Inbox
from helpdesk.core import clock
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member, make_person, make_tenant, owner_of
from tests.proofs.canaries.service import Person, Service
from tests.proofs.isolation.world import cookies_of
from tests.support.server import Server


def make_world(server: Server, folder: Path, lever: Path) -> Service:
    """Make it through the actions, and sign everyone in."""
    now = clock.now()
    acme = make_tenant("Acme", owner=make_person("Olive", now=now), now=now)
    ada = make_member(acme, "Ada", Role.AGENT, now=now)
    oscar = make_person("Oscar", now=now, is_operator=True)
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    return Service(
        server, folder, lever, str(inbox.widget_key), acme.slug, inbox.id,
        owner=Person(server, cookies_of(owner_of(acme).user)), agent=Person(server, cookies_of(ada.user)),
        operator=Person(server, cookies_of(oscar)), stranger=Person(server, {}),
    )  # fmt: skip
