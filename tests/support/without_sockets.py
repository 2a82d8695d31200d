"""Visitors and members behind a proxy that lets no socket through: their frames go over HTTP."""

import json
from uuid import uuid4

from django.conf import settings
from django.test import Client

from chat.authentication import new_token
from tests.factories.chats import widget_key


class Browser:
    """A visitor's browser; what it sends is answered with a status and an object."""

    def __init__(self, tenant, token=None):
        self.key, self.token = widget_key(tenant), new_token() if token is None else token
        self.client = Client(headers={"Host": settings.SITE_HOST})

    def ask(self, path, body, **headers):
        sent = {"Origin": settings.SITE_ORIGIN, "X-Hushdesk-Session": self.token, **headers}
        response = self.client.post(
            f"/w/{self.key}/{path}", body, content_type="application/json",
            headers={name: value for name, value in sent.items() if value},
        )  # fmt: skip
        return response.status_code, json.loads(response.content)

    def session(self, **said):
        """Ask for a session as the widget does; return the notice that it shows."""
        answer = self.ask("session", json.dumps(said))[1]
        self.token = answer["session"] or self.token
        return answer["notice"]

    def send_raw(self, body, **headers):
        return self.ask("frames", body, **headers)

    def send(self, type_, /, *, headers=None, **fields):
        return self.send_raw(json.dumps({"v": 1, "type": type_, **fields}, default=str), **(headers or {}))

    def told(self, type_, /, **given):
        """Send a frame; return what is answered, whatever its status."""
        return self.send(type_, **given)[1]

    def start(self):
        return self.told("conversation.start", client_id=uuid4())["conversation"]

    def post(self, conversation, text="Hello", client_id=None):
        return self.send("message.post", client_id=client_id or uuid4(), conversation=conversation, text=text)


class Tab:
    """A member's page in the workspace."""

    def __init__(self, sign_in, member):
        self.slug = member.tenant.slug
        self.client = sign_in(Client(headers={"Host": settings.SITE_HOST}), member)

    def send_raw(self, body, slug=None):
        response = self.client.post(f"/o/{slug or self.slug}/frames/", body, content_type="application/json")
        return response.status_code, json.loads(response.content or "null")

    def send(self, type_, /, slug=None, **fields):
        return self.send_raw(json.dumps({"v": 1, "type": type_, **fields}, default=str), slug)

    def open(self, *conversations):
        positions = [{"conversation": str(each.id), "after_sequence": 0} for each in conversations]
        return self.send("session.open", conversations=positions)

    def post(self, conversation, text="It is.", client_id=None, **more):
        fields = {"client_id": client_id or uuid4(), "conversation": conversation, "text": text}
        return self.send("message.post", **fields, **more)
