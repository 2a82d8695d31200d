"""Drivers of what agents type: of a conversation, its visitor, canned responses, and what they look for."""

import itertools
import re

from chat.models import CannedResponse, Conversation
from tenants.scoping import tenant_scope
from tests.proofs.canaries.drivers.talk import begin_conversation
from tests.proofs.canaries.registry import surface
from tests.proofs.canaries.service import Service
from tests.proofs.canaries.values import Canary

_letters = itertools.count(1)
REPORT_FIELDS = (
    "kind", "entity", "start", "end", "text", "words", "from", "to", "first", "last", "version", "note", "reason",
)  # fmt: skip


@surface("subject", "subject", masked_by=("subject",))
def subject(service: Service, canaries: list[Canary]) -> None:
    """The answer over htmx is the header as every agent sees it; one of them ends in an error that repeats it."""
    path = f"/o/{service.slug}/conversations/{begin_conversation(service)}/subject/"
    for canary in canaries:
        answer = service.agent.post(path, {"subject": canary.text}, headers={"HX-Request": "true"})
        service.show_kept("pages of the agent", answer)
    service.agent.post(path, {"subject": f"FAIL {canaries[-1].text}"})


@surface("scope of a proof", "ask_proof", masked_by=("scope of a proof",))
def scope(service: Service, canaries: list[Canary]) -> None:
    """Asked for, read in the header as every agent sees it and in the conversation, and withdrawn again."""
    path = f"/o/{service.slug}/conversations/{begin_conversation(service)}/"
    service.agent.post(f"{path}take/", {})
    for canary in canaries:
        service.agent.post(f"{path}verify/", {"scope": canary.text})
        page = service.agent.get(path).text
        service.show("pages of the agent", page)
        for end in re.findall(rf'action="({path}verify/[^"]+/end/)"', page):
            service.agent.post(end, {})


@surface("canned response", "canned", masked_by=("canned response",))
def canned(service: Service, canaries: list[Canary]) -> None:
    for canary in canaries:
        service.agent.post(f"/o/{service.slug}/canned/", {"shortcut": shortcut(), "text": canary.text})
        if canary.digits:
            service.agent.post(f"/o/{service.slug}/canned/", {"shortcut": f"a{canary.digits}", "text": "x"})
    for page in ("", "picker/"):
        service.show("pages of the agent", service.agent.get(f"/o/{service.slug}/canned/{page}").text)


@surface("changed canned response", "canned_one", masked_by=("canned response",))
def changed_canned(service: Service, canaries: list[Canary]) -> None:
    name = shortcut()
    service.agent.post(f"/o/{service.slug}/canned/", {"shortcut": name, "text": "x"})
    with tenant_scope(service.tenant):
        path = f"/o/{service.slug}/canned/{CannedResponse.objects.get(shortcut=name).id}/"
    for canary in canaries:
        service.agent.post(path, {"shortcut": name, "text": canary.text})
        service.show("pages of the agent", service.agent.get(path).text)


def shortcut() -> str:
    number, name = next(_letters), ""
    while number:
        number, place = divmod(number, 26)
        name += chr(ord("a") + place)
    return f"c{name}"


@surface("visitor's details", "visitor", masked_by=("name, e-mail or phone",), cards_only=True)
def details(service: Service, canaries: list[Canary]) -> None:
    conversation = begin_conversation(service)
    path = f"/o/{service.slug}/conversations/{conversation}/visitor/"
    for canary in canaries:
        for fields in ({"name": canary.text}, {"email": f"{canary.digits}@mail.example"}, {"phone": canary.secret}):
            with tenant_scope(service.tenant):
                seen = Conversation.objects.select_related("contact").get(id=conversation).contact.details_changed_at
            data = {"name": "", "email": "", "phone": "", "seen": seen.isoformat() if seen else "", **fields}
            service.show_kept("pages of the agent", service.agent.post(path, data, headers={"HX-Request": "true"}))


@surface("search", "find", "merge_contacts", masked_by=())
def search(service: Service, canaries: list[Canary]) -> None:
    """What is looked for is shown to who looks, and kept nowhere."""
    same = f"/o/{service.slug}/conversations/{begin_conversation(service)}/visitor/same/"
    for canary in canaries:
        service.agent.post(f"/o/{service.slug}/find/", {"wanted": canary.text})
        for wanted in (canary.text, f"{canary.digits}@mail.example"):
            service.owner.post(same, {"wanted": wanted, "other": canary.text[:40], "step": "merge"})


@surface("reports", "report_message", "report", "decline_report")
def reports(service: Service, canaries: list[Canary]) -> None:
    """A report points at a place in a message, and takes no words; whatever is put into its fields is not kept."""
    conversation = begin_conversation(service)
    base = f"/o/{service.slug}"
    for one in canaries:
        fields = dict.fromkeys(REPORT_FIELDS, one.text)
        for step in ("choose", "report", "mask", ""):
            service.agent.post(f"{base}/conversations/{conversation}/messages/1/report/", {**fields, "step": step})
        for step in ("", "decline/"):
            service.owner.post(f"{base}/settings/masking/reports/{conversation}/{step}", fields)
