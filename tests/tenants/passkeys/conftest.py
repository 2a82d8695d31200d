"""Passkeys made in software, and what their owner's browser sends."""

import json

from tests.support.passkeys import SoftPasskey
from tests.support.signing_in import give_password

CREATE, SIGN_IN, CONFIRM = "/account/security/passkey/", "/sign-in/passkey/", "/account/security/passkey/confirm/"


def post(client, url, body=None):
    return client.post(url, json.dumps(body or {}), content_type="application/json")


def options(client, url):
    return post(client, f"{url}options/").json()


def enrol(client, user, passkey=None):
    """Sign in for the first time, by a new passkey."""
    passkey = passkey or SoftPasskey()
    give_password(client, user)
    answer = post(client, CREATE, {"credential": passkey.create(options(client, CREATE))})
    assert answer.status_code == 200, answer.text
    return passkey


def give(client, url, passkey, **changed):
    return post(client, url, {"credential": passkey.get(options(client, url) | changed)})


def changed(**how):
    def change(passkey):
        for name, value in how.items():
            setattr(passkey, name, value)

    return change
