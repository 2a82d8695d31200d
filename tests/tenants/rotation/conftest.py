"""Keys that are turned, and what is wrapped and sealed with them."""

from datetime import timedelta
from uuid import uuid4

from chat.models import Message
from compliance import key_rotation
from tenants.encryption import opening
from tenants.keyring import ring
from tenants.scoping import tenant_scope

NOW = timedelta(0)


class Killed(BaseException):
    """The worker is gone."""


def kill_after(batches):
    """A pause that is the last thing a worker does."""
    left = [batches]

    def pause(_seconds):
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    return pause


def contacts(tenant, count, now):
    ids = [uuid4() for _ in range(count)]
    for contact_id in ids:
        ring.create_contact_key(tenant.id, contact_id, now=now)
    return ids


def turn(tenant, **options):
    return key_rotation.turn_keys(tenant.id, pause=options.pop("pause", lambda _s: None), grace=NOW, **options)


def texts(tenant, conversation):
    with tenant_scope(tenant):
        return [
            opening.open_sealed(Message.slot(tenant.id, conversation.contact_id, row.id), bytes(row.body))
            for row in Message.objects.of(conversation.id).order_by("sequence")
        ]
