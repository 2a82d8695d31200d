"""Drivers of accounts, names, and addresses of pages."""

import re
from urllib.parse import quote

from tests.proofs.canaries.registry import surface
from tests.proofs.canaries.service import Person, Service
from tests.proofs.canaries.values import Canary


@surface("names of an organisation and its people", "organisation_new", "sign_up", "invite", "join", "add_origin",
         "rename_factor", "passkey_create",
         masked_by=("readable name",), cards_only=True)  # fmt: skip
def names(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused."""
    slug = service.slug
    factor = re.search("/account/security/[0-9a-f-]{36}/name/", service.owner.get("/account/security/").text)
    assert factor, "the owner's page lists a factor to name"
    for one in canaries:
        address = f"{one.digits}@mail.example"
        service.owner.post(factor[0], {"name": one.text[:64]})
        service.owner.client.post("/account/security/passkey/", json={"name": one.text[:64]})
        service.owner.post(f"/o/{slug}/settings/people/invite/", {"email": address, "role": "agent"})
        service.owner.post(f"/o/{slug}/start/sites/", {"origin": f"https://{one.digits}.example"})
        service.owner.post("/organisations/new/", {"name": one.text[:80], "slug": f"s{one.tag}", "region": "eu"})
        service.owner.post("/organisations/new/", {"name": "Acme", "slug": one.digits, "region": "eu"})
        service.stranger.post("/signup/", {"name": one.text[:80], "email": address, "password": "nine purple lanterns"})
        service.stranger.post("/invitation/join/", {"name": one.text[:80], "password": "nine purple lanterns"})


@surface("forms of an account", "sign_in", "forgot_password", "confirm", "reset_password", "change_password",
         "unlock", "unlock_open", "invitation", "change_email", "confirm_email_change", "stop_email_change",
         cards_only=True)  # fmt: skip
def accounts(service: Service, canaries: list[Canary]) -> None:
    """Typed into the wrong field: none of it is kept."""
    for one in canaries:
        address = f"{one.digits}@mail.example"
        service.stranger.post("/sign-in/", {"email": address, "password": one.text})
        service.stranger.post("/password/forgot/", {"email": address})
        service.stranger.post("/password/reset/", {"code": one.text, "password": one.text})
        service.agent.post("/password/change/", {"present": one.text, "password": one.text})
        service.agent.post("/account/email/", {"email": address, "password": one.text, "code": one.text})
        service.stranger.post("/account/email/confirm/", {"code": one.text, "password": one.text})
        service.stranger.post("/account/email/stop/", {"code": one.text})
        service.stranger.post("/sign-in/unlock/", {"email": address})
        service.stranger.post("/sign-in/unlock/link/", {"code": one.text})
        service.stranger.post("/confirm/", {"code": one.text, "password": one.text})
        service.stranger.post("/invitation/", {"code": one.text})
        service.stranger.post("/admin/login/", {"username": one.text, "password": one.text})


@surface("addresses and headers")
def addresses(service: Service, canaries: list[Canary]) -> None:
    """In the path, the query and the headers of any page."""
    for one in canaries:
        for person in (service.agent, service.stranger):
            _visit(person, service, one)


def _visit(person: Person, service: Service, one: Canary) -> None:
    headers = {"Referer": f"https://shop.example/?q={quote(one.text)}", "User-Agent": quote(one.text)}
    for path in (f"/o/{service.slug}/inbox/", f"/o/{quote(one.text)}/inbox/", f"/{quote(one.text)}/", "/w.js"):
        person.get(f"{path}?q={quote(one.text)}", headers=headers)
