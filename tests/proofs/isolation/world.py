"""Two organisations with one of everything. Acme's words must never reach anyone of Globex."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections, transaction
from django.test import Client

from chat import authentication
from chat.actions import canned_responses, openings, pre_chat, subjects
from chat.actions.identity_keys import make_shared_key
from chat.actions.mailed_links import token_hash
from chat.actions.openings import Opening
from chat.models import (
    Assignment,
    Availability,
    BusinessHours,
    ClosedDay,
    ConsentReceipt,
    Contact,
    ContactDetails,
    Conversation,
    Finding,
    Inbox,
    MailedLink,
    MaskingReport,
    Message,
    ProofRequest,
    Rating,
    ReadMark,
    Team,
    TeamMember,
    UsedToken,
    VisitorFactor,
    VisitorPasskey,
    VisitorSession,
)
from chat.secure_forms.passes import Pass, ProofPass
from compliance import policy_standing, rule_sets
from compliance.masking import MaskingPolicy, mask
from compliance.models import (
    Incident,
    JobKind,
    JobRun,
    LegalHold,
    MaskingRevision,
    ModeCertificate,
    ModeSwitch,
    NoticeDraft,
    NoticeSetting,
    NoticeVersion,
    OperatorEntry,
    OperatorReset,
    OwnCourse,
    OwnCourseVersion,
    RetentionPolicy,
    RuleSetProposal,
    SupportGrant,
    TrailView,
    TrainingRecord,
)
from compliance.models.support import LONGEST
from compliance.sealed_text import seal_masked
from compliance.training.catalogue import shipped
from helpdesk.core import clock
from tenants.actions import sessions
from tenants.keyring import ring
from tenants.keyring.models import Destruction, OwnKey, Rotation
from tenants.keyring.scope import keys_scope
from tenants.models import (
    AddressRule,
    AddressWaiver,
    AllowedOrigin,
    BreakGlassCode,
    ClosureCertificate,
    Invitation,
    Membership,
    PlaceDue,
    PolicyChoice,
    StaffDevice,
    Tenant,
    TenantModel,
    TrainingDuty,
    User,
)
from tenants.operator_role import OPERATORS
from tenants.policy_names import SESSION_IDLE
from tenants.roles import Role
from tenants.scoping import set_local_tenant, tenant_scope
from tenants.tenancy import Kind
from tests.factories.stored import give_details, store_conversation
from tests.factories.tenants import make_factor, make_member, make_person, make_tenant, owner_of, sign_in
from tests.proofs.isolation.forms import make_form
from tests.proofs.isolation.world_evidence import a_pack
from tests.proofs.isolation.world_files import FOR_EVER, a_file, pass_of_visitor
from tests.proofs.isolation.world_register import of_everybody, register_of
from tests.proofs.isolation.world_requests import a_merge, a_request

TENANT_MODELS: Final[tuple[type[TenantModel], ...]] = tuple(
    model for model in apps.get_models() if issubclass(model, TenantModel)
)
KEY_MODELS: Final[tuple[Any, ...]] = tuple(apps.get_app_config("keyring").get_models())
# Of what comes with an organisation's own key or its end: there only while tables are probed (`endings`).
ENDINGS: Final = frozenset({ClosureCertificate, OwnKey, Destruction})


class MissingRowError(Exception):
    """A table of organisations has no row here, so nothing of it could be probed: give `_one_of_everything` one."""


@dataclass
class Side:
    """One organisation: its people by role, a row of every table, and words that are its alone."""

    tenant: Tenant
    members: dict[str, Membership]
    conversation: Conversation
    held: Conversation
    visitor_token: str
    other_visitor_token: str
    widget_key: str
    factor_id: int
    rows: dict[str, UUID] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    @property
    def form_pass(self) -> str:
        """What the page shows on which a visitor fills in what the owner has asked for."""
        shown = Pass(self.tenant.id, self.rows["chat.FormRequest"], self.conversation.contact_id)
        return shown.issue(until=datetime.max.replace(year=2200, tzinfo=UTC))

    @property
    def proof_pass(self) -> str:
        """What the card shows on which a visitor proves who they are."""
        shown = ProofPass(
            self.tenant.id,
            self.rows["chat.ProofRequest"],
            self.conversation.contact_id,
            self.conversation.started_by_id,
        )
        return shown.issue(until=datetime.max.replace(year=2200, tzinfo=UTC))

    @property
    def file_pass(self) -> str:
        """What the visitor's chat shows to be handed the file."""
        contact_id, session_id = self.conversation.contact_id, self.conversation.started_by_id
        assert session_id is not None
        shown = pass_of_visitor(self.tenant.id, self.rows["chat.Attachment"], contact_id, session_id)
        return shown.issue(now=FOR_EVER)

    def value(self, kind: Kind, model: str = "") -> str:
        """Return this organisation's id of a kind; of a row, that of a model."""
        found: dict[Kind, Any] = {
            Kind.ORGANISATION: self.tenant.slug,
            Kind.CONVERSATION: self.conversation.id,
            Kind.MEMBERSHIP: self.members[Role.AGENT].id,
            Kind.INVITATION: self.rows["tenants.Invitation"],
            Kind.FACTOR: self.factor_id,
            Kind.ORIGIN: self.rows["tenants.AllowedOrigin"],
            Kind.CANNED_RESPONSE: self.rows["chat.CannedResponse"],
            Kind.PRE_CHAT_FIELD: self.rows["chat.PreChatField"],
            Kind.WIDGET: self.widget_key,
            Kind.INCIDENT: self.rows["compliance.Incident"],
            Kind.AGREEMENT: self.rows["compliance.Agreement"],
            Kind.REVIEW_LINE: self.rows["compliance.AccessReviewLine"],
            Kind.INCIDENT_LINE: self.rows["compliance.IncidentLine"],
            Kind.REPORT: self.rows["chat.MaskingReport"],
            Kind.VISITOR_TOKEN: self.visitor_token,
            Kind.STAFF_SESSION: self.rows["tenants.StaffSession"],
            Kind.STAFF_DEVICE: self.rows["tenants.StaffDevice"],
            Kind.TRAINING_DUTY: self.rows["tenants.TrainingDuty"],
            Kind.TEAM: self.rows["chat.Team"],
            Kind.TRAIL_VIEW: self.rows["compliance.TrailView"],
            Kind.EVIDENCE_PACK: self.rows["compliance.EvidencePack"],
            Kind.COURSE: self.rows["compliance.OwnCourse"],
            Kind.SUPPORT_GRANT: self.rows["compliance.SupportGrant"],
            Kind.FORM: self.rows["chat.FormRequest"],
            Kind.FORM_KEY: self.rows["chat.FormKey"],
            Kind.FORM_TEMPLATE: self.rows["chat.FormTemplate"],
            Kind.ENDPOINT_KEY: self.rows["chat.EndpointKey"],
            Kind.FORM_PASS: self.form_pass,
            Kind.ATTACHMENT: self.rows["chat.Attachment"],
            Kind.FILE_PASS: self.file_pass,
            Kind.SUBJECT_REQUEST: self.rows["compliance.SubjectRequest"],
            Kind.HOLD: self.rows["compliance.LegalHold"],
            Kind.IDENTITY_KEY: self.rows["chat.IdentityKey"],
            Kind.CLOSED_DAY: self.rows["chat.ClosedDay"],
            Kind.LINK_TOKEN: f"link-of-{self.tenant.slug}",
            Kind.PROOF: self.rows["chat.ProofRequest"],
            Kind.PROOF_PASS: self.proof_pass,
        }
        return str(self.rows[model] if kind is Kind.ROW else found[kind])


@dataclass
class World:
    """The victim, the attacker's own organisation, and an operator."""

    acme: Side
    globex: Side
    operator: User
    former: User

    @property
    def secrets(self) -> list[str]:
        return self.acme.words


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
        of_operators = _let_in(operator, members[Role.OWNER], word, now)
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


@contextmanager
def endings(world: "World", superuser_urls: dict[str, str]) -> Iterator[None]:
    """Give both organisations the rows that would change how the rest behaves, for as long as the block runs."""
    now = clock.now()
    for side in (world.acme, world.globex):
        tenant_id = side.tenant.id
        with tenant_scope(side.tenant):
            made = [ClosureCertificate.objects.create(tenant=side.tenant, step="keys", facts={}, at=now)]
        with keys_scope(tenant_id):
            made.append(OwnKey.objects.create(
                tenant_id=tenant_id, provider="vault", reference="transit/theirs", connected_at=now, changed_at=now
            ))  # fmt: skip
            made.append(Destruction.objects.create(
                tenant_id=tenant_id, tenant_keys=1, contact_keys=1, fingerprints=[], destroyed_at=now
            ))  # fmt: skip
        side.rows |= {row._meta.label: row.pk for row in made}
    try:
        yield
    finally:
        for model in ENDINGS:
            alias = "keys" if model in KEY_MODELS else "default"
            with psycopg.connect(superuser_urls[alias]) as superuser:
                superuser.execute("SET session_replication_role = replica")
                superuser.execute(f"DELETE FROM {model._meta.db_table}")


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
    _a_team(tenant, agent, held, word, now)
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
    _told(tenant, conversation, owner, word, now)
    _places(tenant, owner, word, now)
    _asked(conversation, owner, word, now)
    _a_course(tenant, owner, word, now)
    _a_mode(tenant, owner, word, now)
    _away(tenant, conversation, word, now)


def _a_mode(tenant: Tenant, owner: Membership, word: str, now: datetime) -> None:
    """One that was switched on and certified; settings, and what they were by the application."""
    PolicyChoice.objects.create(tenant=tenant, key=SESSION_IDLE, value="240", changed_at=now)
    _kept(tenant, owner, word, now)
    switch = ModeSwitch.objects.create(
        tenant=tenant, mode="hipaa", turns_on=True, was="off", reason=f"About {word}", agreement=word, asked_at=now,
        asked_kind="member", asked_by=owner.id, asked_person=owner.user_id, ended_at=now, ended_as="done",
    )  # fmt: skip
    ModeCertificate.objects.create(
        tenant=tenant, switch=switch, mode="hipaa", number=1, facts={"reason": word}, sha256="0" * 64, at=now
    )
    policy_standing.locked(tenant, now=now)


def _kept(tenant: Tenant, owner: Membership, word: str, now: datetime) -> None:
    """How long, and a hold that keeps nothing of what is there: what jobs find to erase has to go."""
    RetentionPolicy.objects.create(tenant=tenant, record_class="conversation", keep_days=30, changed_at=now)
    hold = LegalHold(
        tenant=tenant, kind="query", query={"began_until": "2001-01-01"}, placed_by=owner, placed_at=now,
        masked_with=rule_sets.current(tenant).number,
    )  # fmt: skip
    hold.reason = seal_masked(LegalHold.slot(tenant.id, hold.id), mask(word, MaskingPolicy.named("all")))
    hold.save()


def _away(tenant: Tenant, conversation: Conversation, word: str, now: datetime) -> None:
    """When they are there: set once, and off, so that nobody is told; and a link that was mailed."""
    _a_link(conversation, now)
    row = Rating(
        tenant=tenant, conversation=conversation, contact_id=conversation.contact_id, scale="five", value=2,
        rated_at=now, changed_at=now, masked_with=rule_sets.current(tenant).number,
    )  # fmt: skip
    slot = Rating.slot(tenant.id, conversation.contact_id, row.id)
    row.comment = seal_masked(slot, mask(f"Comment of {word}", MaskingPolicy.named("default")))
    row.save()
    week = [[[540, 1020]]] * 7
    BusinessHours.objects.create(tenant=tenant, is_on=False, zone="Europe/Berlin", week=week, changed_at=now)
    ClosedDay.objects.create(tenant=tenant, day=now.date() + timedelta(days=30), name=f"Day of {word}")


def _a_link(conversation: Conversation, now: datetime) -> None:
    """One that was mailed, with a code on its way, and opened by the visitor's browser before."""
    tenant, contact = conversation.tenant, Contact.objects.get(id=conversation.contact_id)
    MailedLink.objects.create(
        tenant=tenant, conversation=conversation, contact=contact, kind="transcript", created_at=now, mailed_at=now,
        expires_at=now + timedelta(days=300), token_hash=token_hash(tenant.id, f"link-of-{tenant.slug}"),
        address_token=bytes(contact.email_token or b""), session_id=conversation.started_by_id, code_hash=b"h" * 32,
        code_until=now + timedelta(days=300),
    )  # fmt: skip


def _a_team(tenant: Tenant, agent: Membership, held: Conversation, word: str, now: datetime) -> None:
    """One with a member, who holds a conversation of it."""
    team = Team.objects.create(tenant=tenant, name=f"Desk {word}", created_at=now)
    TeamMember.objects.create(tenant=tenant, team=team, membership=agent, joined_at=now)
    Conversation.objects.filter(id=held.id).update(assignee=agent, team=team)
    held.refresh_from_db()


def _let_in(operator: User, owner: Membership, word: str, now: datetime) -> dict[str, UUID]:
    """The operator may look in, for as long as it takes, and is asked to agree to a colleague's reset."""
    SupportGrant.objects.create(
        tenant_id=owner.tenant_id, operator=operator, reason=f"About {word}", asked_at=now, approved_by=owner,
        approved_at=now, until=now + LONGEST,
    )  # fmt: skip
    entry = OperatorEntry.objects.create(
        event="support.approved", operator_id=operator.id, organisation_id=owner.tenant_id, object_kind="proof", at=now
    )
    lost, asking = (
        make_person(name, email=f"{name.lower()}@{word}.hushdesk.example", is_operator=True, now=now)
        for name in ("Orla", "Otis")
    )
    # One whose time is over, which nobody has written down: the job's to do. After the first, so that it is no page's.
    SupportGrant.objects.create(
        tenant_id=owner.tenant_id, operator=asking, reason="A proof", asked_at=now, approved_by=owner,
        approved_at=now - LONGEST, until=now,
    )  # fmt: skip
    reset = OperatorReset.objects.create(user=lost, reason="A proof", asked_by=asking, asked_at=now)
    return {"compliance.OperatorEntry": entry.id, "compliance.OperatorReset": reset.id, **of_everybody(now)}


def _told(tenant: Tenant, conversation: Conversation, owner: Membership, word: str, now: datetime) -> None:
    """What visitors are told, that one of them has read it, and a file of theirs."""
    a_file(Message.objects.filter(conversation=conversation).latest("sequence"), conversation.contact_id, word, now)
    said = f"Notice of {word}"
    told = NoticeVersion.objects.create(
        tenant=tenant, region="us", language="en", number=1, origin="own", is_published=True, body=said, text=said,
        text_hash=uuid4().bytes * 2, published_by=owner.id, published_at=now,
    )  # fmt: skip
    NoticeDraft.objects.create(tenant=tenant, region="us", language="en", body=f"Draft of {word}", changed_at=now)
    TrailView.objects.create(tenant=tenant, membership=owner, query="who=system", saved_at=now)
    a_pack(owner, word, now)
    NoticeSetting.objects.create(tenant=tenant, other_ways=f"Call {word}", changed_at=now)
    ConsentReceipt.objects.create(
        tenant=tenant, contact_id=conversation.contact_id, session_id=conversation.started_by_id, notice=told,
        text_hash=told.text_hash, region="us", language="en", agreed=False, gpc=False, entry="socket", given_at=now,
    )  # fmt: skip


def _places(tenant: Tenant, owner: Membership, word: str, now: datetime) -> None:
    """Of all that says from where, and with which browser, people may come; nothing of it keeps anybody out."""
    # Off, so that it keeps nobody out; on trial, so that it can be confirmed.
    AddressRule.objects.create(
        tenant=tenant, state="trial", is_on=False, roles=["agent"], networks=[["198.51.100.0/24", ""]],
        labels=[f"Office {word}"], until=now + timedelta(days=1), changed_by=owner, changed_at=now,
    )  # fmt: skip
    StaffDevice.objects.create(
        tenant=tenant, membership=owner, kind="key", key_hash=uuid4().bytes * 2, browser="Firefox", address="192.0.2.9",
        state="asked", asked_at=now,
    )  # fmt: skip
    PlaceDue.objects.create(tenant=tenant, due_at=now)
    BreakGlassCode.objects.create(tenant=tenant, code_hash=uuid4().bytes * 2, made_at=now)
    AddressWaiver.objects.create(tenant=tenant, membership=owner, session_id=uuid4(), until=now)


def _asked(conversation: Conversation, owner: Membership, word: str, now: datetime) -> None:
    """What the owner has asked of the visitor."""
    make_form(conversation, owner, word, now)
    _a_proof(conversation, owner, word, now)
    a_request(conversation, owner, word, now)
    a_merge(conversation, owner, now)


def _vouched_for(conversation: Conversation, owner: Membership, now: datetime) -> None:
    """A key with which the site signs, and a token of it that was used."""
    make_shared_key(actor=owner, now=now)
    UsedToken.objects.create(
        tenant=owner.tenant, jti_hash=uuid4().bytes * 2, session_id=conversation.started_by_id, expires_at=now
    )


def _a_proof(conversation: Conversation, owner: Membership, word: str, now: datetime) -> None:
    """Asked for by the owner, and proven by the visitor at the second try."""
    tenant = owner.tenant
    made = ProofRequest(
        tenant=tenant, conversation=conversation, contact_id=conversation.contact_id, asked_by=owner, asked_at=now,
        expires_at=now + timedelta(days=1), masked_with=rule_sets.current(tenant).number, state="proven",
        method="mail", proven_at=now, session_id=conversation.started_by_id,
    )  # fmt: skip
    slot = ProofRequest.slot(tenant.id, made.contact_id, made.id)
    made.scope = seal_masked(slot, mask(f"Scope {word}", MaskingPolicy.named("default")))
    made.save(force_insert=True)
    VisitorFactor.objects.create(tenant=tenant, contact_id=conversation.contact_id, tries=1, tried_at=now)
    VisitorPasskey.objects.create(
        tenant=tenant, contact_id=conversation.contact_id, credential_id=f"A key {word}".encode(), public_key=b"half",
        made_at=now,
    )  # fmt: skip
    _vouched_for(conversation, owner, now)


def _a_course(tenant: Tenant, owner: Membership, word: str, now: datetime) -> None:
    """One of their own, and one of ours that the owner has done and is about to sign again."""
    said = shipped()["phishing"].content() | {"title": f"Course {word}"}
    own = OwnCourse.objects.create(tenant=tenant, roles=["agent"], is_in_use=False, changed_at=now)
    OwnCourseVersion.objects.create(
        tenant=tenant, course=own, number=1, content=said, written_by=owner.id, written_at=now
    )
    TrainingDuty.objects.create(
        tenant=tenant, membership=owner, course="phishing", closes=False, assigned_at=now,
        due_at=now + timedelta(days=365), version=1, completed_at=now, taking=1, passed_at=now,
        lessons_seen=len(shipped()["phishing"].lessons),
    )  # fmt: skip
    TrainingRecord.objects.create(
        tenant=tenant, membership=owner, course="phishing", version=1, step="signed", signed_as=f"Olga {word}",
        text_hash=shipped()["phishing"].text_hash, at=now,
    )  # fmt: skip
    # They have been here: a first visit writes that down, and a probe would take it for its own doing.
    Membership.objects.update(first_access_at=now)


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


def rows_of(side: Side) -> frozenset[tuple[str, int]]:
    """Return every row of one organisation, by its table and a hash: what was there before must be among them after."""
    tables = [model._meta.db_table for model in TENANT_MODELS]
    rows = " UNION ALL ".join(f"SELECT '{t}', hashtextextended(r::text, 0) FROM {t} r" for t in tables)
    with transaction.atomic(), connections["default"].cursor() as cursor:
        set_local_tenant(side.tenant.id)
        cursor.execute(rows)
        return frozenset(cursor.fetchall())


def fingerprint(side: Side) -> tuple[Any, ...]:
    """Return a sum over all rows of one organisation, those it is named in besides: any change changes it."""
    tables = [model._meta.db_table for model in TENANT_MODELS]
    people = [str(member.user_id) for member in side.members.values()]
    sums = " UNION ALL ".join(f"SELECT '{t}', count(*), sum(hashtextextended(r::text, 0)) FROM {t} r" for t in tables)
    with transaction.atomic(), connections["default"].cursor() as cursor:
        set_local_tenant(side.tenant.id)
        cursor.execute(sums)
        found = cursor.fetchall()
        set_local_tenant(None)
        cursor.execute("SELECT hashtextextended(t::text, 0) FROM tenants_tenant t WHERE id = %s", [side.tenant.id])
        found += cursor.fetchall()
        cursor.execute(
            "SELECT sum(hashtextextended(concat(email, name, is_active, is_operator, session_epoch, password), 0)) "
            "FROM tenants_user WHERE id = ANY(%s::uuid[])",
            [people],
        )
        found += cursor.fetchall()
    return (*sorted(found, key=str), *keys_fingerprint(side))


READABLE: Final = """
    SELECT table_name, array_agg(quote_ident(column_name)), bool_or(column_name = 'tenant_id')
    FROM information_schema.column_privileges
    WHERE grantee = current_user AND privilege_type = 'SELECT' GROUP BY 1 ORDER BY 1
"""


def operators_fingerprint(side: Side) -> list[Any]:
    """Return the same over what the operators' role can read: all that it can change is among it."""
    found: list[Any] = []
    for alias, operators in OPERATORS.items():
        with transaction.atomic(using=operators), connections[operators].cursor() as cursor:
            set_local_tenant(side.tenant.id, using=operators)
            cursor.execute(READABLE)
            sums = [
                f"SELECT '{table}', count(*), sum(hashtextextended(ROW({', '.join(columns)})::text, 0)) FROM {table} "
                + ("" if fenced else _directory(side, table))
                for table, columns, fenced in cursor.fetchall()
            ]
            cursor.execute(" UNION ALL ".join(sums))
            found += [(alias, *row) for row in cursor.fetchall()]
            set_local_tenant(None, using=operators)
    return sorted(found)


def _directory(side: Side, table: str) -> str:
    """Of tables without a tenant, the rows that are the organisation's or its people's."""
    if table == "compliance_operatorentry":
        return f"WHERE organisation_id = '{side.tenant.id}'"
    if table in {"compliance_servicecontrol", "compliance_subprocessor", "compliance_restoredrill"}:
        return "WHERE false"  # the same for everybody, and nothing of theirs
    ids = {"tenants_tenant": [side.tenant.id], "tenants_user": [one.user_id for one in side.members.values()]}
    named = ", ".join(f"'{one}'" for one in ids.get(table, []))
    return f"WHERE id IN ({named})" if named else ""


def keys_fingerprint(side: Side) -> list[Any]:
    found: list[Any] = []
    with transaction.atomic(using="keys"), connections["keys"].cursor() as cursor:
        set_local_tenant(side.tenant.id, using="keys")
        for model in KEY_MODELS:
            cursor.execute(f"SELECT count(*), sum(hashtextextended(r::text, 0)) FROM {model._meta.db_table} r")
            found += cursor.fetchall()
        set_local_tenant(None, using="keys")
    return found


@cache
def content_type_id() -> str:
    return str(ContentType.objects.get(app_label="chat", model="conversation").id)
