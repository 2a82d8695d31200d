"""After a conversation, its words lie nowhere but sealed: not in files, memory, messages, logs or addresses."""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from uuid import uuid4

import psycopg
import pytest
import redis

from helpdesk.embedded.layout import DATABASE, KEYS_DATABASE, SUPERUSER
from helpdesk.embedded.postgres import find_installation
from tests.factories.words import new_word
from tests.journeys.people import Window
from tests.support.demo import Demo
from tests.support.server import ROOT
from tests.support.sockets import Browser
from tests.support.waiting import until

CARD: Final = "5105 1051 0510 5100"
SSN: Final = "219-09-9999"
END: Final = b"end-of-monitor"
TASK: Final = "from compliance.tasks import rescan_every_tenant as r; r.delay()"


@dataclass(frozen=True)
class Said:
    """What may be found nowhere: the words of both sides, and what lets someone in."""

    words: list[str]
    keys: list[str]


class Monitor(threading.Thread):
    """Every command that reaches Valkey: what is kept there, what is published, and what Celery queues."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.line = socket.socket(socket.AF_UNIX)
        self.line.connect(str(path))
        self.line.sendall(b"MONITOR\r\n")
        assert self.line.recv(5) == b"+OK\r\n"
        self.heard = b""

    def run(self) -> None:
        while END not in self.heard[-4096:]:
            self.heard += self.line.recv(65_536)

    def __enter__(self) -> Self:
        self.start()
        return self

    def end(self, client: redis.Redis) -> None:
        """Hear everything up to now, and stop."""
        client.echo(END)
        self.join(10)
        assert not self.is_alive()

    def __exit__(self, *_: object) -> None:
        self.line.close()

    @property
    def commands(self) -> list[str]:
        return self.heard.decode().splitlines()


@pytest.fixture(scope="module")
def told(demo, ada) -> tuple[Said, Monitor]:
    """A conversation with words like no others, in every way in which words come in."""
    marks = [f"{name}{new_word()}" for name in ("marmot", "heron", "badger", "stoat", "lynx")]
    vera = Browser(demo.server, demo.widget_key("Acme"))
    with Monitor(demo.data.valkey_socket) as monitor:
        with vera.connect() as visitor, ada.agent_socket("acme") as agent:
            conversation = vera.start(visitor)
            visitor.say(conversation, f"{marks[0]} has card {CARD}, ssn {SSN}, mail {marks[0]}@mail.example")
            agent.send("conversation.follow", conversation=conversation, after_sequence=0)
            agent.expect("conversation.resumed")
            agent.say(conversation, f"answer {marks[1]}")
            agent.say(conversation, f"note {marks[2]}", kind="note")
            visitor.send("message.post", text=marks[3], client_id=marks[3], conversation=conversation, kind="public")
            visitor.expect("error")
            visitor.send_raw(f'{{"v": 1, "type": "{marks[3]}", "text": "{marks[3]} {CARD}"')
            visitor.expect("error")
            post_until_taken(ada, conversation, marks[4])
            assert marks[4] in ada.get(f"/o/acme/conversations/{conversation}/").text
        rescan(demo)
        monitor.end(redis.Redis.from_url(demo.data.redis_url()))
    words = [*marks, CARD, CARD.replace(" ", ""), SSN, SSN.replace("-", "")]
    person = demo.person("Ada")
    keys = [str(vera.token), vera.answer["ticket"], *ada.cookies.values(), person["password"], person["totp_secret"]]
    return Said(words, keys), monitor


def post_until_taken(member: Window, conversation: str, text: str) -> None:
    """Post by HTTP as the workspace does: again, with the same id, while it is told to come back."""
    message = {"text": text, "client_id": str(uuid4()), "kind": "public"}
    headers = {"X-CSRFToken": member.cookies["__Host-csrf"]}

    def is_taken() -> bool:
        answer = member.ask("POST", f"/o/acme/conversations/{conversation}/messages/", headers=headers, json=message)
        assert answer.status_code in {200, 503}, answer.text
        return answer.status_code == 200

    until(is_taken)


def rescan(demo: Demo) -> None:
    """Let a job of each organisation run, and wait for its end."""
    done = "rescan_every_tenant"
    before = demo.logs()["worker.log"].count(done)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.endswith(("DATABASE_URL", "REDIS_URL"))},
        "HUSHDESK_DATA_DIR": str(demo.data.path), "DEMO": "true", "HUSHDESK_BOOTSTRAP": "off",
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
    }  # fmt: skip
    subprocess.run([sys.executable, "manage.py", "shell", "-c", TASK], cwd=ROOT, env=environment, check=True)
    until(lambda: demo.logs()["worker.log"].count(done) > before)


def spellings(text: str) -> list[bytes]:
    """How a text may lie in bytes: plain, as hexadecimal digits, and in base64 at each of its three offsets."""
    plain = text.encode()
    shifted = [base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4] for shift in range(3)]
    return [plain, plain.hex().encode(), *shifted]


def found(texts: Iterable[str], content: bytes) -> list[str]:
    return [text for text in texts if any(spelling in content for spelling in spellings(text))]


def files_below(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()


def test_the_database_holds_no_word_in_clear_on_disk_in_its_log_or_in_a_dump(demo, told):
    said, _ = told
    with psycopg.connect(demo.data.database_url(SUPERUSER), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    program = find_installation().program("pg_dump")
    dumps = [
        subprocess.run([program, demo.data.database_url(SUPERUSER, name)], capture_output=True, check=True).stdout
        for name in (DATABASE, KEYS_DATABASE)
    ]

    contents = [*files_below(demo.data.cluster), *dumps]

    assert [text for content in contents for text in found([*said.words, *said.keys[:2]], content)] == []
    # What is kept in clear on purpose is found, so the search would have seen the rest.
    assert found([demo.person("Ada")["email"]], dumps[0])
    assert any(found([demo.person("Ada")["email"]], content) for content in contents[: -len(dumps)])


def test_nothing_that_passes_through_valkey_or_is_kept_there_can_be_read(demo, told):
    said, monitor = told
    client = redis.Redis.from_url(demo.data.redis_url())
    client.config_set("rdbcompression", "no")
    client.save()
    stored = demo.data.valkey_socket.with_name("dump.rdb")
    kept = stored.read_bytes()
    stored.unlink()

    assert found([*said.words, *said.keys], kept) == []
    assert found([*said.words, *said.keys], monitor.heard) == []
    assert b"PUBLISH" in monitor.heard
    assert b"rescan" in monitor.heard


def test_no_log_holds_a_word_an_address_or_a_key(demo, told):
    said, _ = told
    addresses = [person["email"] for person in demo.facts["people"]]
    logs = demo.logs()

    leaks = {name: found([*said.words, *said.keys, *addresses], log.encode()) for name, log in logs.items()}

    assert not any(leaks.values()), leaks
    assert {"web.log", "worker.log", "beat.log", "postgres.log", "valkey.log"} <= set(logs)
    assert "rescan" in logs["worker.log"]


def test_a_queued_job_names_its_organisation_and_ids_only(told):
    _, monitor = told
    queued = [command for command in monitor.commands if '"LPUSH"' in command and "compliance." in command]

    assert queued
    for command in queued:
        assert bodies_of(command) == [[[], {}]]


def bodies_of(command: str) -> list[Any]:
    """Positional and named arguments of the jobs that a command queues."""
    start = command.index("{")
    message = json.JSONDecoder().raw_decode(command[start:].replace('\\"', '"').replace("\\\\", "\\"))[0]
    body = json.loads(base64.b64decode(message["body"]))
    return [body[:2]]
