"""Several server processes, Daphne, and a Valkey that goes away and comes back."""

import subprocess

import pytest

from helpdesk.embedded.valkey import find_server
from tests.factories.chats import widget_key
from tests.support.server import daphne, running
from tests.support.sockets import Browser, agent_socket, eventually

pytestmark = pytest.mark.django_db(transaction=True)


class Valkey:
    """A Valkey of this test's own, to be killed."""

    def __init__(self, directory):
        self.socket = directory / "v.sock"
        self.process = None

    @property
    def url(self):
        return f"unix://{self.socket}"

    def start(self):
        self.process = subprocess.Popen(
            [find_server(), "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )
        eventually(self.socket.exists)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.socket.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def nobody_yet(tmp_path_factory):
    """A Valkey that is not running."""
    return Valkey(tmp_path_factory.mktemp("v"))


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """What Daphne logs."""
    return tmp_path_factory.mktemp("log") / "daphne.log"


@pytest.fixture(scope="module")
def two_servers(nobody_yet, log):
    """Two servers that share that Valkey, and are there before it is. The second is Daphne, which tells all it can."""
    with (
        running(REDIS_URL=nobody_yet.url) as here,
        running(daphne, log=log, REDIS_URL=nobody_yet.url, LOG_LEVEL="DEBUG") as there,
    ):
        yield here, there


@pytest.fixture
def own_valkey(two_servers, nobody_yet):
    nobody_yet.start()
    yield nobody_yet
    nobody_yet.kill()


@pytest.fixture
def ada_client(ada, sign_in, client):
    return sign_in(client, ada)


def test_daphne_serves_the_same_conversation_to_another_process(acme, ada_client, two_servers, own_valkey, log):
    here, other = two_servers
    vera = Browser(here, widget_key(acme))
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        with agent_socket(other, ada_client, "acme") as agent:
            agent.send("conversation.follow", conversation=conversation, after_sequence=0)
            agent.expect("conversation.resumed")

            visitor.say(conversation, "Across processes: 4111111111111111")
            asked = agent.expect("message.posted")
            agent.say(conversation, "Heard you")
            agent.send("no.such", text="Heard you too")
            agent.expect("error")
            answered = _from_agent(visitor)

    assert asked["text"] == "Across processes: [card •••• 1111]"
    assert answered["text"] == "Heard you"
    logged = log.read_bytes()
    for secret in (b"Across processes", b"4111", b"Heard you", vera.token.encode(), vera.answer["ticket"].encode()):
        assert secret not in logged


def test_a_lost_valkey_loses_no_message(acme, ada_client, two_servers, own_valkey):
    here, there = two_servers
    vera = Browser(here, widget_key(acme))
    visitor, agent = vera.connect(), agent_socket(there, ada_client, "acme")
    with visitor, agent:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Hello")
        agent.send("conversation.follow", conversation=conversation, after_sequence=0)
        agent.expect("conversation.resumed")
        own_valkey.kill()

        visitor.say(conversation, "Still there?")
        agent.say(conversation, "An answer while nobody rings the bell")
        own_valkey.start()

        eventually(lambda: _resumed(visitor, "An answer while nobody rings the bell"), 15)
        eventually(lambda: _resumed(agent, "Still there?"), 15)
        visitor.say(conversation, "And now?")
        eventually(lambda: _heard(agent, "And now?"), 15)


def test_a_server_without_valkey_says_so_and_does_not_break(acme, two_servers):
    server, _ = two_servers
    with server.client(Origin=server.origin) as client:
        answer = client.post(f"/w/{widget_key(acme)}/session", json={})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"


def _from_agent(visitor):
    while (event := visitor.expect("message.posted"))["author"]["kind"] != "agent":
        pass
    return event


def _resumed(chat, text):
    event = chat.receive(15)
    return event["type"] == "conversation.resumed" and text in [message["text"] for message in event["messages"]]


def _heard(chat, text):
    event = chat.receive(15)
    shown = event.get("messages", [event])
    return text in [message.get("text") for message in shown]
