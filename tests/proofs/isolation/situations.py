"""Brings organisations to where a job has something to do."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from unittest.mock import patch
from uuid import UUID, uuid4

from django.conf import settings
from django.test import override_settings

from chat import presence
from chat.models import (
    Attachment,
    ConsentReceipt,
    Conversation,
    EndpointKey,
    FileState,
    FormRequest,
    FormState,
    Handling,
    MailedLink,
    MaskingReport,
    Message,
    ProofRequest,
    ProofState,
    Rating,
    ReadMark,
)
from compliance import audit, audit_chain, audit_events, proposals, rule_sets, trail_expiry
from compliance.masking import Level
from compliance.masking_choice import MaskingChoice
from compliance.models import (
    OPEN,
    ControlRun,
    EvidencePack,
    IncidentClock,
    JobKind,
    JobRun,
    LegalHold,
    PackState,
    ProposalState,
    RuleSetProposal,
)
from compliance.probing import ENOUGH
from helpdesk.core import clock
from helpdesk.core.ids import uuid7
from tenants import kms, probes
from tenants.actors import Actor
from tenants.keyring import ring, rotation
from tenants.keyring.models import Purpose
from tenants.models import AddressRule, Membership, ModeState, PolicyChoice, RuleState, Tenant, TenantStatus
from tenants.policy_names import SESSION_IDLE
from tenants.scoping import tenant_scope
from tests.factories.stored import store_contact, store_conversation
from tests.proofs.isolation.sides import Side, World
from tests.proofs.isolation.world_requests import leave_to_erase, leave_to_hand_out

EXPIRE: Final = "compliance.expire_trail"


@contextmanager
def situation(task_name: str, world: World) -> Iterator[None]:
    """Bring both organisations to where a job has something to do: a key being turned, a new provider key, an end."""
    now = clock.now()
    sides = (world.acme, world.globex)
    newer = settings.KEY_ENCRYPTION_KEYS
    if (prepare := PREPARED.get(task_name)) is not None:
        for side in sides:
            prepare(side, now)
    elif task_name in {"compliance.close_tenant", "compliance.close_due_tenants"}:
        ids = [side.tenant.id for side in sides]
        Tenant.objects.filter(id__in=ids).update(status=TenantStatus.CLOSING, closes_at=now - timedelta(seconds=1))
        for side in sides:
            release_holds(side, now)
    elif task_name == "compliance.rewrap_tenant":
        newer += f"\n2:{base64.b64encode(bytes(range(32))).decode()}"
    # No entry of a world that was made just now is old enough for any time there is to choose.
    kept = patch.object(trail_expiry, "kept_days", lambda *_: 0) if task_name == EXPIRE else nullcontext()
    try:
        with override_settings(KEY_ENCRYPTION_KEYS=newer), kept:
            kms.forget_providers()
            yield
    finally:
        # What was turned or destroyed is rolled back; what this process remembers of it must go too.
        kms.forget_providers()
        ring.forget_cached_keys()


def outdate(side: Side) -> None:
    """Leave something to do for every job: texts of older rules, conversations past their time."""
    with tenant_scope(side.tenant):
        Message.objects.update(masked_with=0)
    rule_sets.forget()


def release_holds(side: Side, now: datetime) -> None:
    """Let nothing keep an organisation from its end."""
    with tenant_scope(side.tenant):
        LegalHold.objects.update(
            release_asked_by=side.members["owner"], release_asked_at=now, released_by=side.members["compliance"],
            released_at=now,
        )  # fmt: skip


def let_trail_be_over(side: Side, now: datetime) -> None:
    """Let a trail be sealed, found whole and held by nobody, so that its first entries can be told to go."""
    release_holds(side, now)
    with tenant_scope(side.tenant):
        audit.record(Actor.system(), audit_events.AUDIT_VERIFIED, side.tenant, at=now)
    audit_chain.seal(side.tenant.id)


def cut_purge_short(side: Side, now: datetime) -> None:
    """Let a purge have lost its worker."""
    before = now - timedelta(hours=1)
    with tenant_scope(side.tenant):
        JobRun.objects.create(tenant=side.tenant, kind=JobKind.PURGE, started_at=before, moved_at=before)


def put_on_trial(side: Side, now: datetime, *, is_shadow: bool) -> None:
    """Give an organisation a rule set to count on what it has stored, or on its live chats."""
    with tenant_scope(side.tenant):
        RuleSetProposal.objects.filter(state__in=OPEN).update(state=ProposalState.DROPPED)
        proposal = proposals.propose_choice(
            MaskingChoice(levels={"EMAIL": Level.STRICT}), actor=Actor.system(), now=now
        )
        if is_shadow:
            before = now - timedelta(minutes=1)
            run = JobRun.objects.create(
                tenant=side.tenant, kind=JobKind.SHADOW, started_at=before, moved_at=before, cursor=UUID(int=0)
            )
            RuleSetProposal.objects.filter(id=proposal.id).update(state=ProposalState.SHADOW, shadow_run=run)


def turn_key(side: Side, now: datetime) -> None:
    """Let a key be turned."""
    rotation.begin_tenant_rotation(side.tenant.id, Purpose.CONTENT, now=now)


def leave_waiting(side: Side, now: datetime) -> None:
    """Let a conversation wait for a member who has been gone for a day."""
    agent = side.members["agent"]
    with tenant_scope(side.tenant):
        Conversation.objects.filter(id=side.held.id).update(assignee=agent, waiting_since=now)
    presence.expect_sign(side.tenant.id, [agent.id], now=now - timedelta(days=1))


def end_trial(side: Side, now: datetime) -> None:
    """Let the time of what is on trial be over."""
    with tenant_scope(side.tenant):
        AddressRule.objects.filter(state=RuleState.TRIAL).update(until=now)


def leave_unused(side: Side, now: datetime) -> None:
    """Let an agent not have been here for longer than PCI mode allows."""
    with tenant_scope(side.tenant):
        Tenant.objects.filter(id=side.tenant.id).update(pci_state=ModeState.ON)
        Membership.objects.filter(id=side.members["agent"].id).update(used_at=now - timedelta(days=91))


def let_control_fail(side: Side, now: datetime) -> None:
    """Let a control have failed again and again."""
    with tenant_scope(side.tenant):
        ControlRun.objects.filter(control="purge").update(failures=5)


def let_deadline_be_over(side: Side, now: datetime) -> None:
    """Let a deadline of an incident be over."""
    with tenant_scope(side.tenant):
        IncidentClock.objects.update(started_at=now - timedelta(days=2), due_at=now - timedelta(days=1))


def try_the_door(side: Side, now: datetime) -> None:
    """Let a stranger ask for the organisation again and again."""
    stranger = uuid4()
    for _ in range(ENOUGH):
        probes.note(stranger, side.tenant.id, now=now)


def let_form_run_out(side: Side, now: datetime) -> None:
    """Let the time of a form and of a proof be over that nobody has ended."""
    with tenant_scope(side.tenant):
        FormRequest.objects.update(state=FormState.REQUESTED, why="", ended_at=None, expires_at=now)
        ProofRequest.objects.update(expires_at=now)


def leave_unchecked(side: Side, now: datetime) -> None:
    """Let the check of a file have been lost."""
    with tenant_scope(side.tenant):
        Attachment.objects.update(state=FileState.CHECKING, settled_at=None, uploaded_at=now - timedelta(hours=1))


def change_behind(side: Side, now: datetime) -> None:
    """Let a setting have been changed behind the application."""
    with tenant_scope(side.tenant):
        PolicyChoice.objects.filter(key=SESSION_IDLE).update(value="480")


def let_be_over(side: Side) -> None:
    """Leave one more record of each class that retention speaks of, past every time."""
    then = clock.now() - timedelta(days=60)
    with tenant_scope(side.tenant):
        store_contact(side.tenant, at=then)
        store_conversation(side.tenant, at=then)
        FormRequest.objects.update(state=FormState.EXPIRED, ended_at=then)
        ProofRequest.objects.update(state=ProofState.EXPIRED, ended_at=then, code_hash=None)
        Rating.objects.update(changed_at=then)
        MailedLink.objects.update(expires_at=then)
        MaskingReport.objects.update(state="accepted", outcome="noted", decided_at=then)
        ConsentReceipt.objects.update(given_at=then)
        newest = ConsentReceipt.objects.order_by("-given_at")[0]
        newest.pk, newest.given_at = uuid7(), clock.now()
        newest.save(force_insert=True)


def send_form_to_system(side: Side, now: datetime) -> None:
    """Let a form wait to be brought to the organisation's system, by somebody who is signed in no more."""
    with tenant_scope(side.tenant):
        FormRequest.objects.update(
            state=FormState.SUBMITTED, why="", ended_at=None, expires_at=now + timedelta(minutes=5), submitted_at=now,
            handling=Handling.FORWARD, key=None, endpoint_key=EndpointKey.objects.get(),
        )  # fmt: skip


def open_payment_page(side: Side, now: datetime) -> None:
    """Let a card be asked for on the payment provider's page, by somebody who is signed in no more."""
    with tenant_scope(side.tenant):
        FormRequest.objects.update(
            state=FormState.OPENED, why="", ended_at=None, expires_at=now + timedelta(minutes=5), handling=Handling.PAY,
            key=None, pay_session="cs_test_12345", session_id=uuid4(),
        )  # fmt: skip


def let_answer_lie(side: Side, now: datetime) -> None:
    """Let an answer not have been read for a while."""
    with tenant_scope(side.tenant):
        MailedLink.objects.all().delete()
        ReadMark.objects.all().delete()
        Conversation.objects.filter(id=side.conversation.id).update(last_message_at=now, first_reply_at=now)
        answers = Message.objects.filter(conversation_id=side.conversation.id)
        answers.update(author_kind="agent", posted_at=now - timedelta(hours=1))


def ask_for_evidence(side: Side, now: datetime) -> None:
    """Let a pack wait to be built."""
    with tenant_scope(side.tenant):
        EvidencePack.objects.update(state=PackState.WAITING)


def leave_evidence(side: Side, now: datetime) -> None:
    """Let the worker of a pack be gone."""
    with tenant_scope(side.tenant):
        EvidencePack.objects.update(state=PackState.BUILDING, moved_at=now - timedelta(hours=1), tries=1)


PREPARED: Final[dict[str, Callable[[Side, datetime], None]]] = {
    "compliance.turn_tenant_keys": turn_key,
    "compliance.try_out_tenant": partial(put_on_trial, is_shadow=False),
    "compliance.shadow_tenant": partial(put_on_trial, is_shadow=True),
    "compliance.watch_settings": change_behind,
    "compliance.watch_every_tenants_settings": change_behind,
    "chat.hand_over_waiting": leave_waiting,
    "chat.hand_over_every_tenant": leave_waiting,
    "chat.check_file": leave_unchecked,
    "chat.look_after_files": leave_unchecked,
    "chat.look_after_every_tenants_files": leave_unchecked,
    "chat.mail_links": let_answer_lie,
    "chat.mail_every_tenants_links": let_answer_lie,
    "chat.look_after_forms": let_form_run_out,
    "chat.look_after_every_tenants_forms": let_form_run_out,
    "chat.erase_for_request": leave_to_erase,
    "chat.build_archive": leave_to_hand_out,
    "chat.look_after_requests": leave_to_erase,
    "chat.look_after_every_tenants_requests": leave_to_erase,
    "compliance.take_up_purge": cut_purge_short,
    EXPIRE: let_trail_be_over,
    "compliance.watch_controls": let_control_fail,
    "compliance.remind_tenant": let_deadline_be_over,
    "compliance.note_probes": try_the_door,
    "compliance.look_for_probes": try_the_door,
    "compliance.build_evidence": ask_for_evidence,
    "compliance.take_up_evidence": leave_evidence,
    "compliance.take_up_every_tenants_evidence": leave_evidence,
    "chat.forward_form": send_form_to_system,
    "chat.look_up_payment": open_payment_page,
    "tenants.end_address_trial": end_trial,
    "tenants.look_after_unused": leave_unused,
}
