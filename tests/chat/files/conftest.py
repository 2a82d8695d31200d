"""A store of the test's own, and Vera, who is in a conversation and sends files to it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as configured
from django.test import Client

from chat import authentication
from chat.actions.file_checks import check_attachment
from chat.models import Attachment, Conversation, VisitorSession
from chat.views.widget import HEADER
from tenants.models import Membership, PolicyChoice, Tenant
from tenants.scoping import tenant_scope
from tests.factories.chats import widget_key
from tests.factories.stored import store_conversation
from tests.support.clamd import Scanner, scanning

FILES_HOST = configured.FILES_ORIGIN.partition("://")[2]


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = str(tmp_path / "files")
    settings.CLAMAV_URL = ""
    return tmp_path / "files"


@pytest.fixture(scope="session")
def running_scanner() -> Iterator[Scanner]:
    with scanning() as scanner:
        yield scanner


@pytest.fixture
def scanner(running_scanner: Scanner, settings: Any) -> Scanner:
    running_scanner.fault = ""
    running_scanner.seen.clear()
    settings.CLAMAV_URL = running_scanner.url
    return running_scanner


def body(content: bytes, name: str = "photo.jpg", client_id: UUID | None = None, conversation: object = None) -> bytes:
    line = {"client_id": str(client_id or uuid4()), "name": name}
    if conversation is not None:
        line["conversation"] = str(conversation)
    return json.dumps(line).encode() + b"\n" + content


@dataclass
class Sender:
    """Somebody's browser, and the conversation it is in."""

    tenant: Tenant
    conversation: Conversation
    client: Client
    address: str
    headers: dict[str, str]
    now: datetime

    def send(self, content: bytes, name: str = "photo.jpg", **options: Any) -> Any:
        return self.send_raw(body(content, name, **options))

    def send_raw(self, sent: bytes) -> Any:
        return self.client.post(self.address, sent, content_type="application/octet-stream", headers=self.headers)

    def check(self) -> Attachment:
        """Have the newest file looked at."""
        with tenant_scope(self.tenant):
            newest = Attachment.objects.latest("id").id
        check_attachment(tenant=self.tenant, attachment_id=newest, now=self.now)
        with tenant_scope(self.tenant):
            return Attachment.objects.select_related("message").get(id=newest)


@pytest.fixture
def vera(acme: Tenant, now: datetime) -> Sender:
    conversation = store_conversation(acme, ["Hello"], at=now)
    token = authentication.new_token()
    with tenant_scope(acme):
        VisitorSession.objects.filter(contact_id=conversation.contact_id).update(
            token_hash=authentication.token_hash(acme.id, token)
        )
    headers = {"Host": configured.SITE_HOST, "Origin": configured.SITE_ORIGIN, HEADER: token}
    return Sender(acme, conversation, Client(), f"/w/{widget_key(acme)}/files", headers, now)


@pytest.fixture
def desk_of(vera: Sender, sign_in: Callable[..., Client], now: datetime) -> Callable[[Membership], Sender]:
    """A member's browser at Vera's conversation."""

    def desk(member: Membership) -> Sender:
        client = sign_in(Client(), member)
        address = f"/o/{member.tenant.slug}/conversations/{vera.conversation.id}/files/"
        return Sender(member.tenant, vera.conversation, client, address, {}, now)

    return desk


@pytest.fixture
def choose(acme: Tenant, now: datetime) -> Callable[[str, str], None]:
    def choose(key: str, value: str) -> None:
        with tenant_scope(acme):
            PolicyChoice.objects.update_or_create(tenant=acme, key=key, defaults={"value": value, "changed_at": now})

    return choose


def kept(store: Path) -> list[Path]:
    """Everything that lies in the store."""
    return [path for path in store.rglob("*") if path.is_file()]


def hand_over(shown: str, **headers: str) -> Any:
    told = {"Host": FILES_HOST, "Origin": configured.SITE_ORIGIN, **headers}
    return Client().post("/files/", {"pass": shown}, headers=told)
