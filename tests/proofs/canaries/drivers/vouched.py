"""The driver of what an organisation's site says of its customers, in tokens that it has signed."""

from typing import Any

from helpdesk.core import clock
from tenants.models import AllowedOrigin
from tenants.scoping import tenant_scope
from tests.factories.identity import Site
from tests.factories.tenants import owner_of
from tests.proofs.canaries.registry import surface
from tests.proofs.canaries.service import Service
from tests.proofs.canaries.values import Canary

SHOP = "https://shop.example"


@surface("token of a site", "widget_identify", masked_by=("name, e-mail or phone",), cards_only=True)
def token(service: Service, canaries: list[Canary]) -> None:
    """Name, address, and what the site calls somebody: good tokens, and some that are refused."""
    tenant, now = service.tenant, clock.now()
    site = Site(owner_of(tenant), now)
    with tenant_scope(tenant):
        AllowedOrigin.objects.get_or_create(tenant=tenant, origin=SHOP, defaults={"created_at": now})
    for number, one in enumerate(canaries):
        said: dict[str, Any] = {"name": one.text, "email": f"{one.digits}@mail.example", "sub": one.tag}
        given = site.token(**(said | {"sub": one.secret} if number % 4 == 3 else said))
        vera = service.visitor()
        vera.session()
        headers = {"Origin": service.server.origin, "X-Hushdesk-Session": str(vera.token)}
        with service.server.client(**headers) as client:
            address = f"/w/{service.widget_key}/identify?site={SHOP}"
            answer = client.post(address, json={"token": given, "begins": True})
            service.show("answers to the visitor", answer.text)
            if answer.status_code != 200:
                raise AssertionError(answer.text)
            client.post(address, json={"token": f"{one.text}.{one.text}.{one.text}", "begins": True})
        # Another session is theirs now, and agents see who it is once there is a conversation.
        vera.token = answer.json().get("session") or vera.token
        with vera.connect() as chat:
            service.conversations.append(vera.start(chat))
