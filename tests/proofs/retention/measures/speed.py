"""How fast conversations go, one in five of them held in each of the ways there are."""

import resource
import time
from datetime import timedelta
from typing import Final
from uuid import uuid4

from chat.actions import legal_holds
from chat.holds import HoldQuery
from chat.models import Contact, Conversation, Inbox, Message, VisitorSession
from compliance import purge
from compliance.actions.retention import set_policy
from compliance.models import HoldKind, RecordClass
from helpdesk.core import clock
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.keyring.models import ContactKey
from tenants.keyring.scope import keys_scope
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_person, make_tenant, owner_of
from tests.proofs.audit.chains import superuser
from tests.proofs.gate.stage import Figures, Stage

KEYS: Final = ("purged_per_min", "purged", "held", "grown_mib")
COUNT: Final = 20_000
SHORT: Final = 600
CHUNK: Final = 500
MESSAGES: Final = 3


def measure(stage: Stage) -> Figures:
    """Fill an organisation, hold a fifth of it, and let the job run with its own pauses."""
    now, count = clock.now(), SHORT if stage.is_short else COUNT
    tenant = make_tenant("Acme", owner=make_person("Olive", now=now), now=now)
    owner = owner_of(tenant)
    with tenant_scope(tenant):
        site, held_site = (
            Inbox.objects.create(tenant=tenant, name=name, widget_key=uuid4().hex, greeting="Hello", created_at=now)
            for name in ("One", "Two")
        )
    for start in range(0, count, CHUNK):
        # One in six came in where a search holds everything; of the rest some are held one by one.
        _fill(tenant, held_site if start // CHUNK % 6 == 5 else site, min(CHUNK, count - start), start)
    # As autovacuum does beside what grows by the day: so many rows at once would be judged as if they were ten.
    with superuser() as database:
        database.execute("ANALYZE")
    with tenant_scope(tenant):
        kept = set(Conversation.objects.filter(inbox=held_site).values_list("id", flat=True))
        free = list(Conversation.objects.filter(inbox=site).order_by("id")[: max(2, count // 40)])
        legal_holds.place_hold(
            kind=HoldKind.QUERY, target=HoldQuery(inbox_id=held_site.id), reason="A proof", actor=owner, now=now
        )
        for place, talk in enumerate(free[::5]):
            kind, target = (HoldKind.CONTACT, talk.contact_id) if place % 2 else (HoldKind.CONVERSATION, talk.id)
            legal_holds.place_hold(kind=kind, target=target, reason="A proof", actor=owner, now=now)
            kept.add(talk.id)
    keep = {"tenant": tenant, "record_class": RecordClass.CONVERSATION, "actor": Actor.member(owner), "now": now}
    set_policy(keep_days=30, **keep)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    run = purge.purge_expired(tenant.id)
    seconds = time.perf_counter() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    with tenant_scope(tenant):
        left = set(Conversation.objects.values_list("id", flat=True))
    purged = 0 if run is None else run.counts["conversations"]
    if left != kept or purged != count - len(kept):
        raise AssertionError(f"{len(left)} are left, {len(kept)} were held, {purged} went")
    return {
        "purged_per_min": round(60 * purged / seconds), "purged": purged, "held": len(kept),
        "grown_mib": round(grown / 1024, 1),
    }  # fmt: skip


def _fill(tenant: Tenant, site: Inbox, count: int, start: int) -> None:
    """Store conversations past their time, each of a visitor of its own, past the actions."""
    now = clock.now()
    rows = []
    for place in range(count):
        at = now - timedelta(days=90) + timedelta(seconds=start + place)
        rows.append((uuid7(), uuid7(), uuid7(), at))
    with keys_scope(tenant.id):
        ContactKey.objects.bulk_create(
            ContactKey(
                tenant_id=tenant.id, contact_id=contact, version=1, wrapped_with=1,
                wrapped=bytes(61), created_at=at,
            )
            for contact, _, _, at in rows
        )  # fmt: skip
    with tenant_scope(tenant):
        Contact.objects.bulk_create(Contact(id=contact, tenant=tenant, created_at=at) for contact, _, _, at in rows)
        VisitorSession.objects.bulk_create(
            VisitorSession(
                id=session, tenant=tenant, contact_id=contact, token_hash=uuid4().bytes * 2, created_at=at, seen_at=at,
                expires_at=at,
            )
            for contact, session, _, at in rows
        )  # fmt: skip
        Conversation.objects.bulk_create(
            Conversation(
                id=talk, tenant=tenant, inbox=site, contact_id=contact, started_by_id=session, client_id=uuid4(),
                created_at=at, last_message_at=at, last_sequence=MESSAGES, last_public_sequence=MESSAGES,
            )
            for contact, session, talk, at in rows
        )  # fmt: skip
        Message.objects.bulk_create(
            Message(
                id=uuid7(), tenant=tenant, conversation_id=talk, sequence=number, public_sequence=number,
                kind="public", author_kind="visitor", author_id=session, client_id=uuid4(), body=bytes(200),
                masked_with=1, posted_at=at,
            )
            for _, session, talk, at in rows
            for number in range(1, MESSAGES + 1)
        )  # fmt: skip
