"""What people see while a part is down, and that nothing is lost or doubled when it is back."""

from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.journeys.people import Window, accepted, is_cut_off
from tests.support.sockets import ChatSocket
from tests.support.waiting import until


@pytest.fixture
def agent(ada):
    chat = ada.agent_socket("acme")
    yield chat
    chat.connection.close()


@pytest.fixture
def visitor(vera):
    chat = vera.connect()
    yield chat
    chat.connection.close()


def shown(ada: Window, conversation: str) -> list[str]:
    """What a screen that is opened now shows of a conversation."""
    with ada.agent_socket("acme") as fresh:
        fresh.send("conversation.follow", conversation=conversation, after_sequence=0)
        return [message["text"] for message in fresh.expect("conversation.resumed")["messages"]]


def test_while_postgresql_is_away_everyone_is_told_and_nothing_is_lost_or_doubled(demo, ada, vera, visitor, agent):
    conversation = vera.start(visitor)
    visitor.say(conversation, "before")
    # A socket whose message is still on its way when the database falls is asked to come again.
    wait_to_hear(visitor, "before")

    with demo.without("PostgreSQL"):
        page = ada.get("/o/acme/inbox/")
        widget = ada.ask("POST", f"/w/{vera.widget_key}/session", json={})
        client_id = visitor.post(conversation, "meanwhile")
        told = visitor.expect("error")
        agent_id = agent.post(conversation, "an answer, meanwhile")
        told_agent = agent.expect("error")
        alive = ada.get("/healthz").status_code, ada.get("/readyz").status_code

    assert page.status_code == 503
    assert "back in a moment" in page.text
    assert page.headers["Retry-After"]
    assert (widget.status_code, widget.json()["error"]) == (503, "unavailable")
    assert (told["code"], told["client_id"]) == ("unavailable", str(client_id))
    assert (told_agent["code"], told_agent["client_id"]) == ("unavailable", str(agent_id))
    assert told["retry_ms"] > 0
    assert alive == (200, 503)
    # A socket that missed something is told to try again (1013): its client connects anew and sends what is unanswered.
    place = [{"conversation": conversation, "after_sequence": 1}]
    with vera.connect(positions=place) as came_again, ada.agent_socket("acme") as back:
        accepted(came_again, conversation, "meanwhile", client_id=client_id)
        again = accepted(came_again, conversation, "meanwhile", client_id=client_id)
        accepted(back, conversation, "an answer, meanwhile", client_id=agent_id)
    assert again["sequence"] == 2
    assert shown(ada, conversation) == ["before", "meanwhile", "an answer, meanwhile"]
    assert ada.get("/o/acme/inbox/").status_code == 200


def test_while_valkey_is_away_chats_go_on_but_nobody_comes_anew_and_all_is_heard_afterwards(
    demo, ada, vera, visitor, agent
):
    conversation = vera.start(visitor)
    visitor.say(conversation, "before")

    with demo.without("Valkey"):
        said = visitor.say(conversation, "meanwhile")
        visitor.send("conversation.start", client_id=(anew := uuid4()))
        told = visitor.expect("error")
        widget = ada.ask("POST", f"/w/{vera.widget_key}/session", json={})
        sign_up = Window(demo.server).submit(
            "/signup/", {"name": "Nora", "email": "nora@acme.example", "password": "seven-quiet-otters-dancing"}
        )
        agent.say(conversation, "an answer needs no Valkey")
        workspace = ada.get("/o/acme/inbox/")
        with demo.server.client(Host=urlsplit(demo.facts["shop_url"]).netloc) as customer:
            shop = customer.get("/")

    assert said["sequence"] == 2
    assert (told["code"], told["client_id"]) == ("unavailable", str(anew))
    assert widget.status_code == 503
    assert sign_up.status_code == 503
    assert "back in a moment" in sign_up.text
    assert workspace.status_code == 200
    assert f'data-key="{vera.widget_key}"' in shop.text
    sent = ada.ask(
        "POST", f"/o/acme/conversations/{conversation}/messages/",
        headers={"X-CSRFToken": form_token(ada)},
        json={"text": "over HTTP, through the channels", "client_id": str(uuid4()), "kind": "public"},
    )  # fmt: skip
    assert sent.status_code == 200, sent.text
    wait_to_hear(visitor, "over HTTP, through the channels")
    assert shown(ada, conversation) == [
        "before", "meanwhile", "an answer needs no Valkey", "over HTTP, through the channels",
    ]  # fmt: skip


def test_a_killed_web_process_comes_back_and_its_clients_resume(demo, vera, visitor, agent):
    conversation = vera.start(visitor)
    last = visitor.say(conversation, "before")["sequence"]

    with demo.without("web"):
        assert is_cut_off(visitor)
        assert is_cut_off(agent)
    with vera.connect(positions=[{"conversation": conversation, "after_sequence": last}]) as again:
        first = accepted(again, conversation, "after", client_id=(client_id := uuid4()))
        repeated = accepted(again, conversation, "after", client_id=client_id)
        again.send("conversation.resume", conversation=conversation, after_sequence=0)
        shown = again.expect("conversation.resumed")["messages"]

    assert first["sequence"] == repeated["sequence"] == 2
    assert [message["text"] for message in shown] == ["before", "after"]


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_killed_job_process_is_started_again(demo, name):
    before = demo.pid(name)

    demo.kill(name)

    until(lambda: demo.pid(name) not in (None, before))


def wait_to_hear(chat: ChatSocket, text: str) -> None:
    """Live, before or now, or in what a socket reads by itself once the channels are back."""
    heard = chat.set_aside
    while text not in [message.get("text") for event in heard for message in (event, *event.get("messages", []))]:
        heard = [chat.receive()]


def form_token(window: Window) -> str:
    return window.cookies["__Host-csrf"]
