"""Vera's devices, and the passkeys that they make and answer by."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings

from chat.actions import proof_passkeys, proofs
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import Vera, ask
from tests.support.passkeys import SoftPasskey

HOST = urlsplit(settings.FORMS_ORIGIN).hostname


def device(**facts):
    return SoftPasskey(**{"origin": settings.FORMS_ORIGIN, **facts})


def make(vera, key, now=None):
    """Make a passkey on a device; return whether it was kept."""
    _, options = vera.do(proof_passkeys.begin_passkey, now)
    with tenant_scope(vera.proof.tenant_id):
        return proof_passkeys.keep_passkey(**vera.who, answer=key.create(options), now=now or vera.now)


def sign(vera, key, now=None, **changed):
    """What a device answers to what it is asked; `changed` in what it was told."""
    _, options = vera.do(proof_passkeys.ask_passkey, now)
    return key.get({**options, **changed})


def tried(vera, answer, now=None):
    with tenant_scope(vera.proof.tenant_id):
        return proof_passkeys.try_passkey(**vera.who, answer=answer, now=now or vera.now)


@pytest.fixture
def key(vera, proven):
    """Vera's device, on which she has made one."""
    made = device()
    assert make(vera, made)
    return made


@pytest.fixture
def second(key, vera, chat, ada, now):
    """And she is asked again."""
    vera.do(proofs.end_own_proof)
    return Vera(ask(chat, ada, now), now)
