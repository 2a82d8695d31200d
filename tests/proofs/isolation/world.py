"""Two organisations with one of everything. Acme's words must never reach anyone of Globex."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from chat import authentication
from chat.actions import canned_responses, openings, pre_chat, subjects
from chat.actions.openings import Opening
from chat.models import (
    Assignment,
    Availability,
    ContactDetails,
    Conversation,
    Finding,
    Inbox,
    MaskingReport,
    Message,
    ReadMark,
    VisitorSession,
)
from compliance import rule_sets
from compliance.masking import MaskingPolicy, mask
from compliance.models import Incident, JobKind, JobRun, MaskingRevision, RuleSetProposal
from compliance.sealed_text import seal_masked
from tenants.actions import sessions
from tenants.keyring import ring
from tenants.keyring.models import Rotation
from tenants.keyring.scope import keys_scope
from tenants.models import AllowedOrigin, Invitation, Membership, Tenant, User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import give_details, store_conversation
from tests.factories.tenants import make_factor, make_member, make_person, make_tenant, owner_of, sign_in
from tests.proofs.isolation.models import KEY_MODELS, TENANT_MODELS
from tests.proofs.isolation.sides import Side, World
from tests.proofs.isolation.world_chats import a_team, asked, away, told
from tests.proofs.isolation.world_endings import ENDINGS
from tests.proofs.isolation.world_people import a_course, a_mode, let_in, places
from tests.proofs.isolation.world_register import register_of


class MissingRowError(Exception):
    """A table of organisations has no row here, so nothing of it could be probed: give `_one_of_everything` one."""


def make_side(name: str, operator: User, now: datetime) -> Side:
    """Make an organisation through the actions, with words of its own in every place people write into."""
    word = f"{name.lower()}only"
    owner = make_person(f"Olga {word}", email=f"olga@{word}.example", now=now)
    tenant = make_tenant(name, owner=owner, now=now)
    members = {str(Role.OWNER): owner_of(tenant)}
    for role in (Role.COMPLIANCE_OFFICER, Role.SUPERVISOR, Role.AGENT, Role.AUDITOR):
        members[str(role)] = _member(tenant, f"{role.name.title()}{word}", role, now)
    texts = [f"My secret is {word}-plaintext", f"We answer {word}-reply"]
    # Long ago, so that a purge finds them due.
    then = now - timedelta(days=90)
    conversation, held = (store_conversation(tenant, texts, at=then) for _ in range(2))
    # Both organisations know one number; the names beside it are words of theirs alone.
    known = ContactDetails(name=f"Vera {word}", email=f"vera@{word}.example", phone="+49 30 901820")
    give_details(conversation, known, members[Role.AGENT], at=then)
    token, other = authentication.new_token(), authentication.new_token()
    with tenant_scope(tenant):
        VisitorSession.objects.filter(contact_id=conversation.contact_id).update(
            token_hash=authentication.token_hash(tenant.id, token), expires_at=now + timedelta(days=30)
        )
        VisitorSession.objects.filter(contact_id=held.contact_id).update(
            token_hash=authentication.token_hash(tenant.id, other), expires_at=now + timedelta(days=30)
        )
        widget_key = Inbox.objects.get().widget_key
        _one_of_everything(tenant, members, conversation, held, word, now)
        of_operators = let_in(operator, members[Role.OWNER], word, now)
        # The policy that was stored past its action: what a page finds new, it would number, each time anew.
        rule_sets.forget(tenant.id)
        rule_sets.current(tenant)
        rows = _first_rows(TENANT_MODELS)
        rows["tenants.Invitation"] = Invitation.objects.get(accepted_at=None).id
    with keys_scope(tenant.id):
        Rotation.objects.create(
            tenant_id=tenant.id, kind="tenant", subject="export", old_version=1, new_version=2, state="done",
            started_at=now, finished_at=now,
        )  # fmt: skip
        rows |= _first_rows(KEY_MODELS)
    session = sessions.begin(SessionStore(), members["agent"].user, address="192.0.2.9", user_agent="", now=now)
    rows |= {
        "tenants.StaffSession": session.id,
        "tenants.Tenant": tenant.id,
        "tenants.User": owner.id,
        "chat.Conversation": conversation.id,
        **of_operators,
    }
    ring.forget_cached_keys()
    words = [word, str(tenant.id), *(str(row) for row in rows.values()), str(held.id), str(members["agent"].id)]
    factor = make_factor(members[Role.AGENT].user)
    return Side(tenant, members, conversation, held, token, other, widget_key, factor.id, rows, words)


def _member(tenant: Tenant, name: str, role: Role, now: datetime) -> Membership:
    member = make_member(tenant, name, role, now=now)
    member.tenant = tenant
    return member


def _first_rows(known: tuple[Any, ...]) -> dict[str, UUID]:
    found = {}
    for model in known:
        row = model.objects.order_by("id").values_list("id", flat=True).first()
        if row is not None:
            found[model._meta.label] = row
        elif model not in ENDINGS:
            raise MissingRowError(model._meta.label)
    return found


def _one_of_everything(
    tenant: Tenant, members: dict[str, Membership], conversation: Conversation, held: Conversation, word: str,
    now: datetime,
) -> None:  # fmt: skip
    AllowedOrigin.objects.create(tenant=tenant, origin=f"https://{word}.example", created_at=now)
    Invitation.objects.create(
        tenant=tenant, email=f"invited@{word}.example", role=Role.AGENT, token_hash=uuid4().bytes * 2,
        invited_by=members["owner"], created_at=now, expires_at=now + timedelta(days=7),
    )  # fmt: skip
    agent = members["agent"]
    a_team(tenant, agent, held, word, now)
    Assignment.objects.create(tenant=tenant, conversation=held, membership=agent, started_at=now)
    Availability.objects.create(tenant=tenant, membership=agent, status="away", changed_at=now)
    ReadMark.objects.create(tenant=tenant, conversation=conversation, side="team", sequence=1, public_sequence=1)
    message = Message.objects.filter(conversation=conversation).order_by("sequence")[0]
    Finding.objects.create(
        tenant=tenant, message=message, entity="CVV", start=0, end=2, detector="proof", rule_set_number=1
    )
    MaskingReport.objects.create(
        tenant=tenant, message=message, kind="miss", entity="OTHER", start=3, end=9, value="aaa", after="aa 999",
        words=[word], rule_set_number=1, reported_by=agent, reported_at=now,
    )  # fmt: skip
    run = JobRun.objects.create(tenant=tenant, kind=JobKind.PURGE, started_at=now, moved_at=now, state="done")
    RuleSetProposal.objects.create(
        tenant=tenant, origin="policy", state="dropped", fingerprint="f", rules="r", revision=1, dry_run=run,
        shadow_run=run, by_kind="member", by_id=members["owner"].id, proposed_at=now,
    )  # fmt: skip
    incident = Incident(
        tenant=tenant, run=run, let_pass_from=1, let_pass_to=1, found_with=1, opened_at=now, told_at=now,
        masked_with=rule_sets.current(tenant).number,
    )  # fmt: skip
    incident.note = seal_masked(Incident.slot(tenant.id, incident.id), mask(word, MaskingPolicy.named("all")))
    incident.save()
    register_of(tenant, incident, message, members, word, now)
    MaskingRevision.objects.create(
        tenant=tenant, number=1, exempt=[f"^{word}-[0-9]+$"], actor_kind="member", actor_id=members["owner"].id,
        rules=[{"name": word, "pattern": f"{word}-[0-9]+", "on": True}], created_at=now,
    )  # fmt: skip
    owner = members["owner"]
    canned_responses.create_canned_response(shortcut="hello", text=f"Hello from {word}", actor=owner, now=now)
    subjects.change_subject(conversation_id=conversation.id, subject=f"Subject {word}", actor=owner, now=now)
    field = pre_chat.add_question(
        inbox_id=conversation.inbox_id, label="Your order number", is_required=False, actor=owner, now=now
    )
    given = openings.masked(
        Opening(f"https://{word}.example/{word}", "", {field.key: f"{word}-answer"}), tenant.id, conversation.inbox_id
    )
    openings.store(given, conversation)
    told(tenant, conversation, owner, word, now)
    places(tenant, owner, word, now)
    asked(conversation, owner, word, now)
    a_course(tenant, owner, word, now)
    a_mode(tenant, owner, word, now)
    away(tenant, conversation, word, now)


def make_world(now: datetime) -> World:
    operator = make_person("Oscar", email="oscar@hushdesk.example", is_operator=True, now=now)
    acme, globex = make_side("Acme", operator, now), make_side("Globex", operator, now)
    former = make_member(acme.tenant, "Former", Role.OWNER, now=now)
    with tenant_scope(acme.tenant):
        Membership.objects.filter(id=former.id).update(is_active=False)
    return World(acme, globex, operator, former.user)


def cookies_of(user: User | None, *, second_factor: bool = True) -> dict[str, str]:
    """Sign someone in and return the cookies of their browser."""
    if user is None:
        return {}
    client = sign_in(Client(), user, second_factor=second_factor)
    return {name: morsel.value for name, morsel in client.cookies.items()}
