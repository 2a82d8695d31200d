"""Drivers of files: their names, and what is written in them."""

import json
import time
from uuid import uuid4

from tests.proofs.canaries.drivers.talk import follow
from tests.proofs.canaries.registry import surface
from tests.proofs.canaries.service import Person, Service
from tests.proofs.canaries.values import Canary
from tests.support.sockets import Browser

CHECKED_WITHIN_S = 60.0


def line(name: str) -> bytes:
    return json.dumps({"client_id": str(uuid4()), "name": name}).encode() + b"\n"


@surface("name of a file, and its text", "widget_files", "files", masked_by=("file name", "text of a file"))
def files(service: Service, canaries: list[Canary]) -> None:
    """Half by a visitor, half by an agent; who may see them is told which are ready, and is handed those."""
    vera = service.visitor()
    with vera.connect() as chat:
        conversation = vera.start(chat)
        service.conversations.append(conversation)
        chat.send("message.post", client_id=uuid4(), conversation=conversation, text="Hello", kind="public")
        chat.expect("message.acknowledged")
        for number, canary in enumerate(canaries):
            sent = line(f"{canary.text}.txt") + f"This is in it: {canary.text}".encode()
            answer = by_visitor(vera, sent) if number % 2 else by_agent(service, conversation, sent)
            if answer != 200:
                raise AssertionError(answer)
        follow(service, chat, conversation, "frames of the visitor")
    for file in settled(service, conversation):
        service.show("files that were handed over", handed_over(service.agent, file["pass"]))
    service.show("pages of the agent", service.agent.get(f"/o/{service.slug}/conversations/{conversation}/").text)


def by_visitor(vera: Browser, sent: bytes) -> int:
    headers = {"Origin": vera.server.origin, "Sec-Fetch-Site": "same-origin", "X-Hushdesk-Session": vera.token or ""}
    with vera.server.client(**headers) as client:
        return client.post(f"/w/{vera.widget_key}/files", content=sent).status_code


def by_agent(service: Service, conversation: str, sent: bytes) -> int:
    path = f"/o/{service.slug}/conversations/{conversation}/files/"
    return service.agent.client.post(path, content=sent).status_code


def settled(service: Service, conversation: str) -> list[dict[str, str]]:
    """Wait until nothing is being checked any more; return what is ready."""
    path, until = f"/o/{service.slug}/conversations/{conversation}/files/", time.monotonic() + CHECKED_WITHIN_S
    while True:
        known = service.agent.get(path).json()["files"]
        if all(file["state"] != "checking" for file in known):
            return [file for file in known if "pass" in file]
        if time.monotonic() > until:
            raise AssertionError("files are still being checked")
        time.sleep(0.2)


def handed_over(person: Person, shown: str) -> str:
    home = person.server.origin.replace("://", "://files.").partition("://")[2]
    answer = person.client.post("/files/", data={"pass": shown}, headers={"Host": home, "Cookie": ""})
    if answer.status_code != 200:
        raise AssertionError(answer.text)
    return answer.text
