"""Drivers of data requests: a visitor's words, and what members note about them."""

from typing import Any

from django.urls import reverse

from tests.proofs.canaries.registry import surface
from tests.proofs.canaries.service import Service
from tests.proofs.canaries.values import Canary

NOTES = ("request_new", "request_know", "request_note", "request_answer", "request_refuse", "request_send_back",
         "request_lift")  # fmt: skip


@surface("words of a data request", "proof_ask_right", masked_by=("words of a data request",))
def words(service: Service, canaries: list[Canary]) -> None:
    """A request of each, by a visitor of their own."""
    from chat.actions import proofs
    from chat.permissions import Visitor
    from chat.secure_forms.passes import ProofPass
    from chat.views.proof_pages import PROOF_HEADER
    from compliance.models import SubjectRequest
    from helpdesk.core import clock
    from tenants.scoping import tenant_scope
    from tests.factories.stored import store_conversation

    tenant, now = service.tenant, clock.now()
    path = reverse("chat:proof_ask_right", kwargs={"widget_key": service.widget_key})
    for one in canaries:
        talk = store_conversation(tenant, at=now)
        who = Visitor(tenant.id, talk.inbox_id, b"", "", talk.started_by_id, talk.contact_id)
        with tenant_scope(tenant):
            proof = proofs.offer_proof(visitor=who, conversation_id=talk.id, now=now)
        assert talk.started_by_id is not None
        shown = ProofPass(tenant.id, proof.id, talk.contact_id, talk.started_by_id).issue(until=proof.expires_at)
        origin = service.server.origin.replace("://", "://forms.")
        headers = {"Host": origin.partition("://")[2], "Origin": origin, PROOF_HEADER: shown}
        with service.server.client(**headers) as client:
            answer = client.post(path, json={"kind": "objection", "words": one.text})
        service.show("answers to the visitor", answer.text)
        if answer.status_code != 200:
            raise AssertionError(answer.text)
        with tenant_scope(tenant):
            made = SubjectRequest.objects.get(contact_id=talk.contact_id)
        service.show("pages of the owner", service.owner.get(_page(service, made.id)).text)


@surface("notes of data requests", *NOTES, masked_by=("note of a data request",))
def notes(service: Service, canaries: list[Canary]) -> None:
    """A request of each, with a note at every step that takes one."""
    from helpdesk.core import clock
    from tests.factories.stored import store_conversation

    tenant, now = service.tenant, clock.now()
    talk = store_conversation(tenant, at=now)
    new = f"{reverse('chat:request_new', kwargs={'slug': service.slug})}?conversation={talk.id}"
    for number, one in enumerate(canaries):
        given = {"kind": "access", "regime": "gdpr", "received_on": now.date().isoformat(), "note": one.text}
        made = service.owner.post(new, given)
        page = _page(service, _newest(tenant))
        service.show("answers to the owner", made.text)
        steps: list[tuple[str, dict[str, Any]]] = [
            ("know", {"how": "checked", "note": one.text}),
            ("note", {"note": one.text}),
            ("send_back", {"note": one.text}),
            ("lift", {"note": one.text}),
            ("answer", {"note": one.text}) if number % 2 else ("refuse", {"refused_for": "others", "note": one.text}),
        ]
        for step, posted in steps:
            service.show("answers to the owner", service.owner.post(f"{page}{step}/", posted).text)
        service.show("pages of the owner", service.owner.get(page).text)


@surface("details put right", "request_rectify", masked_by=("name, e-mail or phone",), cards_only=True)
def details(service: Service, canaries: list[Canary]) -> None:
    """One request for rectification, and each as name, address and number."""
    from chat.models import Contact
    from helpdesk.core import clock
    from tenants.scoping import tenant_scope
    from tests.factories.stored import store_conversation

    tenant, now = service.tenant, clock.now()
    talk = store_conversation(tenant, at=now)
    new = f"{reverse('chat:request_new', kwargs={'slug': service.slug})}?conversation={talk.id}"
    service.owner.post(new, {"kind": "rectification", "regime": "gdpr", "received_on": now.date().isoformat()})
    page = _page(service, _newest(tenant))
    service.owner.post(f"{page}know/", {"how": "checked", "note": "By telephone"})
    for one in canaries:
        for given in ({"name": one.text}, {"email": f"{one.digits}@mail.example"}, {"phone": one.secret}):
            with tenant_scope(tenant):
                seen = Contact.objects.get(id=talk.contact_id).details_changed_at
            data = {"name": "", "email": "", "phone": "", "seen": seen.isoformat() if seen else "", **given}
            service.show_kept("answers to the owner", service.owner.post(f"{page}rectify/", data))
    service.show("pages of the owner", service.owner.get(page).text)


def _page(service: Service, request_id: Any) -> str:
    return reverse("chat:request", kwargs={"slug": service.slug, "request_id": request_id})


def _newest(tenant: Any) -> Any:
    from compliance.models import SubjectRequest
    from tenants.scoping import tenant_scope

    with tenant_scope(tenant):
        return SubjectRequest.objects.order_by("-id").values_list("id", flat=True)[0]
