"""Drivers of what is said in conversations, and of what goes along as they begin."""

from typing import Any
from uuid import uuid4

from tests.proofs.canaries.registry import surface
from tests.proofs.canaries.service import Service
from tests.proofs.canaries.values import Canary
from tests.support.sockets import ChatSocket

A_CONVERSATION = 100


def heard(service: Service, where: str, event: Any) -> None:
    """Look at an event and at all that lies in it."""
    if isinstance(event, dict):
        for name, value in event.items():
            if name == "text" and isinstance(value, str):
                service.show_message(where, value)
            else:
                heard(service, where, value)
    elif isinstance(event, list):
        for one in event:
            heard(service, where, one)
    elif isinstance(event, str):
        service.show(where, event)


def say(chat: ChatSocket, conversation: str, text: str, kind: str = "public") -> None:
    client_id = uuid4()
    chat.send("message.post", client_id=client_id, conversation=conversation, text=text, kind=kind)
    while (event := chat.receive())["type"] != "message.acknowledged" or event["client_id"] != str(client_id):
        if event["type"] == "error":
            raise AssertionError(event)
        chat.set_aside.append(event)


def follow(service: Service, chat: ChatSocket, conversation: str, where: str) -> None:
    """See a conversation from its beginning, as who is at this socket does."""
    after = 0
    while True:
        chat.send("conversation.resume", conversation=conversation, after_sequence=after)
        event = chat.receive()
        while event["type"] != "conversation.resumed":
            chat.set_aside.append(event)
            event = chat.receive()
        heard(service, where, event)
        if event["complete"] or not event["messages"]:
            break
        after = event["messages"][-1]["sequence"]
    heard(service, where, chat.set_aside)
    chat.set_aside.clear()


@surface("visitor's message", "frame:text", masked_by=("visitor's message",))
def visitor_message(service: Service, canaries: list[Canary]) -> None:
    """In conversations of a hundred, some numbers in parts; an agent is looking on."""
    for start in range(0, len(canaries), A_CONVERSATION):
        vera = service.visitor()
        with vera.connect() as chat, service.agent.socket(service.slug) as agent:
            conversation = vera.start(chat)
            service.conversations.append(conversation)
            say(chat, conversation, "Hello there")
            agent.send("conversation.follow", conversation=conversation, after_sequence=0)
            for canary in canaries[start : start + A_CONVERSATION]:
                for part in canary.parts or (canary.text,):
                    say(chat, conversation, part)
            follow(service, chat, conversation, "frames of the visitor")
            follow(service, agent, conversation, "frames of the agent")


@surface("visitor's message over HTTP", "widget_frames", masked_by=("visitor's message",))
def visitor_message_over_http(service: Service, canaries: list[Canary]) -> None:
    """The same frames where no socket is let through; what comes back is looked at."""
    vera = service.visitor()
    vera.session()
    headers = {"Origin": service.server.origin, "X-Hushdesk-Session": str(vera.token)}
    with service.server.client(**headers) as client:

        def send(**fields: Any) -> Any:
            answer = client.post(f"/w/{service.widget_key}/frames", json={"v": 1, **fields}).json()
            heard(service, "answers to the visitor", answer)
            return answer

        conversation = send(type="conversation.start", client_id=str(uuid4()))["conversation"]
        service.conversations.append(conversation)
        last = 0
        for canary in canaries:
            for text in canary.parts or (canary.text,):
                frame = {"client_id": str(uuid4()), "conversation": conversation, "text": text}
                last = send(type="message.post", **frame)["sequence"]
        send(type="conversation.resume", conversation=conversation, after_sequence=max(0, last - 100))


@surface("split number", "frame:text", masked_by=())
def split_number(service: Service, canaries: list[Canary]) -> None:
    """Parts are shown for a moment until the last one completes them: what is looked at is what stays."""
    vera = service.visitor()
    with vera.connect() as chat:
        conversation = vera.start(chat)
        service.conversations.append(conversation)
        for canary in canaries:
            for part in canary.parts:
                say(chat, conversation, part)
            say(chat, conversation, "That was it")
            chat.set_aside.clear()
        follow(service, chat, conversation, "frames of the visitor")


def begin_conversation(service: Service) -> str:
    """Let a visitor begin to chat."""
    vera = service.visitor()
    with vera.connect() as chat:
        conversation = vera.start(chat)
        say(chat, conversation, "Hello there")
    service.conversations.append(conversation)
    return conversation


@surface("agent's message", "frame:text", masked_by=("agent's message",))
def agent_message(service: Service, canaries: list[Canary]) -> None:
    _by_agent(service, canaries, "public")


@surface("note", "frame:text", masked_by=("note",))
def note(service: Service, canaries: list[Canary]) -> None:
    _by_agent(service, canaries, "note")


def _by_agent(service: Service, canaries: list[Canary], kind: str) -> None:
    for start in range(0, len(canaries), A_CONVERSATION):
        conversation = begin_conversation(service)
        with service.agent.socket(service.slug) as agent:
            for canary in canaries[start : start + A_CONVERSATION]:
                say(agent, conversation, canary.text, kind)
            follow(service, agent, conversation, "frames of the agent")


@surface("message over HTTP", "messages", masked_by=("agent's message",))
def http_message(service: Service, canaries: list[Canary]) -> None:
    """By JSON and by a form, in turn."""
    conversation = begin_conversation(service)
    path = f"/o/{service.slug}/conversations/{conversation}/messages/"
    for number, canary in enumerate(canaries):
        if number % 2:
            service.agent.post(path, {"text": canary.text, "kind": "public"})
        else:
            service.agent.client.post(path, json={"text": canary.text, "client_id": str(uuid4()), "kind": "note"})
    for page in (f"/o/{service.slug}/conversations/{conversation}/", f"/o/{service.slug}/inbox/?queue=open"):
        service.show("pages of the agent", service.agent.get(page).text)
    with service.agent.socket(service.slug) as agent:
        follow(service, agent, conversation, "frames of the agent")


@surface("member's frame over HTTP", "member_frames", masked_by=("agent's message",))
def member_frame(service: Service, canaries: list[Canary]) -> None:
    """The workspace's frames where no socket is let through; what comes back is looked at."""
    conversation = begin_conversation(service)

    def send(**fields: Any) -> Any:
        told = service.agent.client.post(f"/o/{service.slug}/frames/", json={"v": 1, **fields}).json()
        heard(service, "answers to the agent", told)
        return told

    last = 0
    for canary in canaries:
        frame = {"client_id": str(uuid4()), "conversation": conversation, "text": canary.text}
        last = send(type="message.post", **frame)["sequence"]
    send(type="conversation.resume", conversation=conversation, after_sequence=max(0, last - 100))


def _begin(service: Service, canaries: list[Canary], fields: Any) -> None:
    for canary in canaries:
        vera = service.visitor()
        with vera.connect() as chat:
            chat.send("conversation.start", client_id=uuid4(), **fields(canary))
            service.conversations.append(chat.expect("conversation.started")["conversation"])


def _address(site: str, one: Canary) -> str:
    """A page with the value in its path, query and fragment; of every other in the query alone, where in an address
    the engine takes a number for an id: only that queries are cut keeps it away.
    """
    if sum(map(ord, one.tag)) % 2:
        return f"https://{site}/?{one.tag}={one.secret}"
    return f"https://{site}/{one.tag}/{one.secret}/?{one.tag}={one.secret}#{one.text}"


@surface("page address", "frame:page", masked_by=("page address",))
def page(service: Service, canaries: list[Canary]) -> None:
    """In the path, and in the query."""
    _begin(service, canaries, lambda one: {"page": _address("shop.example", one)})


@surface("referrer", "frame:referrer", masked_by=("referrer",))
def referrer(service: Service, canaries: list[Canary]) -> None:
    _begin(service, canaries, lambda one: {"referrer": _address("search.example", one)})


@surface("pre-chat answer", "frame:answers.value", "frame:answers.key", masked_by=("pre-chat answer",))
def answer(service: Service, canaries: list[Canary]) -> None:
    key = question_key(service)
    _begin(service, canaries, lambda one: {"answers": [{"key": key, "value": one.text}, {"key": "gone", "value": "x"}]})


@surface("typed answer", "frame:answers.value", masked_by=("name, e-mail or phone",), cards_only=True)
def typed_answer(service: Service, canaries: list[Canary]) -> None:
    """Name, e-mail and phone, asked before the chat."""
    keys = {kind: question_key(service, kind) for kind in ("name", "email", "phone")}

    def fields(one: Canary) -> dict[str, Any]:
        values = {"name": one.text, "email": f"{one.digits}@mail.example", "phone": one.secret}
        return {"answers": [{"key": keys[kind], "value": value} for kind, value in values.items()]}

    _begin(service, canaries, fields)


@surface("comment on a conversation", "frame:comment", masked_by=("comment on a conversation",))
def comment(service: Service, canaries: list[Canary]) -> None:
    """On a conversation that is over, each in the place of the one before."""
    vera = service.visitor()
    with vera.connect() as chat:
        conversation = vera.start(chat)
        service.conversations.append(conversation)
        say(chat, conversation, "Hello there")
        chat.send("conversation.end", conversation=conversation)
        for one in canaries:
            chat.send("rating.give", conversation=conversation, value=5, comment=one.text)
            heard(service, "frames of the visitor", chat.expect("ending.told"))
    panel = f"/o/{service.slug}/conversations/{conversation}/visitor/"
    service.show("pages of the agent", service.agent.get(panel).text)


@surface("address for the answer", "frame:email", masked_by=("name, e-mail or phone",), cards_only=True)
def address_for_the_answer(service: Service, canaries: list[Canary]) -> None:
    """Left by whoever waits, or finds nobody: one that holds a card number is refused."""
    vera = service.visitor()
    with vera.connect() as chat:
        conversation = vera.start(chat)
        service.conversations.append(conversation)
        for one in canaries:
            for email in (f"{one.digits}@mail.example", one.text[:254]):
                chat.send("contact.give", email=email)
                heard(service, "frames of the visitor", chat.receive())


def question_key(service: Service, kind: str = "custom") -> str:
    """The key of a question, which the owner asks from now on."""
    from chat.models import PreChatField
    from tenants.scoping import tenant_scope

    with tenant_scope(service.tenant):
        found = PreChatField.objects.filter(kind=kind).first()
    if found is not None:
        return str(found.key)
    pages = f"/o/{service.slug}/start/questions/"
    if kind == "custom":
        service.owner.post(f"{pages}add/", {"label": "Your order number"})
    else:
        service.owner.post(f"{pages}typed/", {"name": "optional", "email": "optional", "phone": "optional"})
    return question_key(service, kind)


@surface("malformed frame", "frame:text")
def malformed(service: Service, canaries: list[Canary]) -> None:
    """Frames that are no commands, or not for this sender: what they hold is neither kept nor sent back."""
    vera = service.visitor()
    with vera.connect() as chat:
        conversation = vera.start(chat)
        for canary in canaries:
            chat.send_raw(f'{{"v": 1, "type": "{canary.text}", "text": "{canary.text}"')
            chat.send("message.post", conversation=conversation, text=canary.text, client_id=canary.text, kind="public")
            chat.send(canary.tag, conversation=canary.text)
            for _ in range(3):
                heard(service, "frames of the visitor", chat.receive())
