"""Drivers of settings: what owners choose and name."""

import re
from datetime import timedelta
from urllib.parse import quote

from chat.models import PreChatField
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.proofs.canaries.registry import surface
from tests.proofs.canaries.service import Service
from tests.proofs.canaries.values import Canary


@surface("label of a pre-chat field", "pre_chat_add", masked_by=("label of a pre-chat field",))
def label(service: Service, canaries: list[Canary]) -> None:
    """Five at a time; the owner sees them, and every visitor."""
    pages = f"/o/{service.slug}/start/questions/"
    for start in range(0, len(canaries), 4):
        for canary in canaries[start : start + 4]:
            service.owner.post(f"{pages}add/", {"label": canary.text[:80]})
        service.show("pages of the owner", service.owner.get(pages).text)
        service.show("the widget", service.stranger.get(f"/w/{service.widget_key}/").text)
        with tenant_scope(service.tenant):
            added = list(PreChatField.objects.filter(kind="custom").order_by("id").values_list("id", flat=True))
        for one in added[1:] if len(added) > 4 else added:
            service.owner.post(f"{pages}{one}/remove/", {})


@surface("names of teams", "team_new", "team_name", masked_by=("readable name",), cards_only=True)
def teams(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused."""
    base = f"/o/{service.slug}/settings/teams"
    service.owner.post(f"{base}/new/", {"name": "Billing"})
    team = re.search('id="team-([0-9a-f-]{36})', service.owner.get(f"{base}/").text)
    assert team, "the owner's page lists a team to name"
    for one in canaries:
        service.owner.post(f"{base}/new/", {"name": one.text[:40]})
        service.owner.post(f"{base}/{team[1]}/name/", {"name": one.text[:40]})
    service.show("pages of the owner", service.owner.get(f"{base}/").text)


@surface("names of closed days", "closed_day_add", masked_by=("readable name",), cards_only=True)
def closed_days(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused."""
    page = f"/o/{service.slug}/settings/hours/"
    day = clock.now().date() + timedelta(days=9)
    for one in canaries:
        service.owner.post(f"{page}days/", {"day": day.isoformat(), "name": one.text[:60]})
    service.show("pages of the owner", service.owner.get(page).text)


@surface("settings of masking and keys", "masking_rule", "masking_exempt", "masking_try", "own_key", "close", "places",
         masked_by=("readable name",), cards_only=True)  # fmt: skip
def settings(service: Service, canaries: list[Canary]) -> None:
    base = f"/o/{service.slug}/settings"
    for one in canaries:
        rule = {"name": one.text[:30], "pattern": "ORD[0-9]{4}", "sample": one.text, "activate": "1"}
        service.owner.post(f"{base}/masking/own/rule/", rule)
        service.owner.post(f"{base}/masking/own/rule/", {**rule, "name": "orders", "pattern": one.digits})
        service.owner.post(f"{base}/masking/own/ids/", {"source": f"^ORD{one.digits}$"})
        service.owner.post(f"{base}/masking/try/", {"text": one.text, "by": "visitor", "before": one.text})
        service.owner.post(f"{base}/keys/own/", {"provider": "vault", "reference": f"transit/{one.digits}"})
        service.owner.post(f"{base}/addresses/", {
            "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-network": "198.51.100.0/24",
            "form-0-label": one.text[:40], "roles": "agent", "step": "try",
        })  # fmt: skip
        service.owner.post(f"{base}/keys/close/", {"name": one.text, "code": one.digits[:6]})


@surface("secure forms of one's own", "forms", masked_by=("readable name",), cards_only=True)
def own_forms(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so a name or label that holds a number that matters is refused."""
    path = f"/o/{service.slug}/settings/forms/"
    for one in canaries:
        service.owner.post(path, {"name": one.text[:60], "label0": "Number", "type0": "text"})
        service.owner.post(path, {"name": "A form", "label0": one.text[:60], "type0": "text"})
    service.show("pages of the owner", service.owner.get(path).text)


@surface(
    "system for secure forms",
    "form_endpoint_address",
    "add_endpoint_key",
    masked_by=("readable name",),
    cards_only=True,
)
def form_systems(service: Service, canaries: list[Canary]) -> None:
    """An address is kept readable, so one that holds a number that matters is refused; what is no key is not kept."""
    path = f"/o/{service.slug}/settings/forms/system/"
    service.owner.post(f"{path}address/", {"address": "https://forms.example.com/"})
    for one in canaries:
        for address in (one.text, f"https://forms.example.com/{quote(one.text)}", f"https://{one.text}.example/"):
            service.owner.post(f"{path}address/", {"address": address[:300]})
        service.owner.post(f"{path}keys/", {"key": one.text})
    service.show("pages of the owner", service.owner.get(path).text)


@surface("payment provider", "connect_payments")
def payment_providers(service: Service, canaries: list[Canary]) -> None:
    """What has not the shape of the provider's secrets is not kept."""
    path = f"/o/{service.slug}/settings/forms/payments/"
    for one in canaries:
        service.owner.post(f"{path}connect/", {"secret_key": one.text, "webhook_secret": one.text})
    service.show("pages of the owner", service.owner.get(path).text)
