"""Probes of jobs and of record stores: what runs for one organisation touches no other's rows."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

from celery import current_app
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
from compliance import proposals, registry, rule_sets
from compliance.masking import Level, MaskingPolicy
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
from tenants.tasks_base import HEADER, GlobalTask, NoTenantError, TenantTask
from tests.factories.stored import store_contact, store_conversation
from tests.proofs.isolation.fingerprints import fingerprint
from tests.proofs.isolation.pages import undone
from tests.proofs.isolation.report import Report
from tests.proofs.isolation.sides import Side, World
from tests.proofs.isolation.world_requests import leave_to_erase, leave_to_hand_out

WORKER: Final = "worker"


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
    try:
        with override_settings(KEY_ENCRYPTION_KEYS=newer):
            kms.forget_providers()
            yield
    finally:
        # What was turned or destroyed is rolled back; what this process remembers of it must go too.
        kms.forget_providers()
        ring.forget_cached_keys()


def release_holds(side: Side, now: datetime) -> None:
    """Let nothing keep an organisation from its end."""
    with tenant_scope(side.tenant):
        LegalHold.objects.update(
            release_asked_by=side.members["owner"], release_asked_at=now, released_by=side.members["compliance"],
            released_at=now,
        )  # fmt: skip


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
    "compliance.watch_controls": let_control_fail,
    "compliance.remind_tenant": let_deadline_be_over,
    "compliance.note_probes": try_the_door,
    "compliance.look_for_probes": try_the_door,
    "compliance.build_evidence": ask_for_evidence,
    "chat.forward_form": send_form_to_system,
    "chat.look_up_payment": open_payment_page,
    "tenants.end_address_trial": end_trial,
    "tenants.look_after_unused": leave_unused,
}


class JobProof:
    """Every task with every header and with another organisation in its arguments; every method of every store."""

    def __init__(self, world: World, report: Report) -> None:
        self.world, self.report = world, report

    def run(self) -> None:
        current_app.loader.import_default_modules()
        for name, task in sorted(current_app.tasks.items()):
            if name.startswith("celery."):
                continue
            if isinstance(task, TenantTask):
                self.tenant_task(task)
            elif isinstance(task, GlobalTask):
                self.global_task(task)
            else:
                self.report.uncovered[(name, "run", "*", "*", WORKER)] = "it says neither of whom nor that of nobody"
        for store in registry.stores():
            self.store(store)
        for expiring in registry.expiring():
            self.expiring(expiring)

    def tenant_task(self, task: TenantTask) -> None:
        acme, globex = str(self.world.acme.tenant.id), str(self.world.globex.tenant.id)
        tries: list[tuple[str, dict[str, str], dict[str, str]]] = [
            ("header:another tenant", {HEADER: globex}, {}),
            ("argument:tenant", {HEADER: globex}, {"tenant_id": acme, "organisation": acme}),
            ("header:nothing", {HEADER: str(uuid4())}, {}),
            ("header:missing", {}, {"tenant_id": acme}),
        ]
        tries += [(f"argument:{name}", {HEADER: globex}, {name: self.world.acme.value(kind)})
                  for name, kind in task.ids.items()]  # fmt: skip
        for position, headers, arguments in tries:
            own = {name: self.world.globex.value(kind) for name, kind in task.ids.items()}
            changed = self.touches(task, headers, own | arguments, self.world.acme)
            cell = (task.name, "run", position, "organisation", WORKER)
            self.report.probed(cell, leak="it touched the other organisation's rows" if changed else "")
        self.report.controls += 1
        right = {name: self.world.acme.value(kind) for name, kind in task.ids.items()}
        if not self.touches(task, {HEADER: acme}, right, self.world.acme):
            self.report.uncovered[(task.name, "run", "*", "*", WORKER)] = "it does nothing to its own organisation"

    def global_task(self, task: GlobalTask) -> None:
        """A task of nobody has no scope: it can at most send others on their way."""
        sent: list[Any] = []
        sends = [one for one in current_app.tasks.values() if isinstance(one, TenantTask)]
        for one in sends:
            one.apply_async = lambda *_, **options: sent.append(options["headers"][HEADER])
        try:
            changed = self.touches(task, {}, {"tenant_id": str(self.world.acme.tenant.id)}, self.world.acme)
        finally:
            for one in sends:
                del one.apply_async
        cell = (task.name, "run", "argument:tenant", "organisation", WORKER)
        self.report.probed(cell, leak="it touched an organisation's rows" if changed else "")
        self.report.controls += 1
        wanted = set() if task.alone else {str(side.tenant.id) for side in (self.world.acme, self.world.globex)}
        if set(sent) != wanted:
            whom = "some, and said it would none" if task.alone else "not one for each organisation"
            self.report.uncovered[(task.name, "run", "*", "*", WORKER)] = f"it started {whom}"

    def touches(self, task: Any, headers: dict[str, str], arguments: dict[str, str], side: Side) -> bool:
        with undone(), situation(task.name, self.world):
            self.outdate(side)
            before = fingerprint(side)
            try:
                task.apply(kwargs=arguments, headers=headers, throw=True)
            except NoTenantError:
                return False
            return fingerprint(side) != before

    def outdate(self, side: Side) -> None:
        """Leave something to do for every job: texts of older rules, conversations past their time."""
        from chat.models import Message

        with tenant_scope(side.tenant):
            Message.objects.update(masked_with=0)
        rule_sets.forget()

    def store(self, store: registry.RecordStore) -> None:
        """Everything a store can be asked, as Globex, with Acme's rows beside."""
        name = f"store:{store.record_class}"
        for method, leak, works in (
            ("erase_all", self.erases_all(store, self.world.globex), self.erases_all(store, self.world.acme)),
            ("rescan", self.rescans(store, self.world.globex), self.rescans(store, self.world.acme)),
            ("export", self.exports(store, self.world.globex), self.exports(store, self.world.acme)),
            ("count", self.counts(store, self.world.globex), self.counts(store, self.world.acme)),
            ("has_outdated", self.outdated(store, self.world.globex), self.outdated(store, self.world.acme)),
            (
                "count_outdated",
                self.counts_outdated(store, self.world.globex),
                self.counts_outdated(store, self.world.acme),
            ),
            ("count_texts", self.counts_texts(store, self.world.globex), self.counts_texts(store, self.world.acme)),
            ("try_out", self.tries_out(store, self.world.globex), self.tries_out(store, self.world.acme)),
            ("try_out_recent", self.tries_recent(store, self.world.globex), self.tries_recent(store, self.world.acme)),
        ):
            self.report.controls += 1
            cell = (name, method, "scope", "organisation", "another tenant")
            self.report.probed(cell, leak="it reaches the other organisation's rows" if leak else "")
            if not works:
                self.report.uncovered[(name, method, "*", "*", "*")] = "it does nothing to its own organisation"
        methods = {one for one in vars(registry.RecordStore) if not one.startswith("_")} - {"record_class", "holds"}
        asked = {"erase_all", "rescan", "export", "count", "has_outdated"}
        asked |= {"count_outdated", "count_texts", "try_out", "try_out_recent"}
        for unknown in methods - asked:
            self.report.uncovered[(name, unknown, "*", "*", "*")] = "no probe asks this of it"

    def expiring(self, expiring: registry.Expiring) -> None:
        """What a purge asks of a class of records, as Globex, with Acme's rows beside."""
        for method, ask in (("erase_expired", self.erases), ("expected", self.expects)):
            self.report.controls += 1
            cell = (f"expiring:{expiring.record_class}", method, "scope", "organisation", "another tenant")
            leak = ask(expiring, self.world.globex)
            self.report.probed(cell, leak="it reaches the other organisation's rows" if leak else "")
            if not ask(expiring, self.world.acme):
                self.report.uncovered[(cell[0], method, "*", "*", "*")] = "it does nothing to its own organisation"

    def erases(self, expiring: registry.Expiring, scope: Side) -> bool:
        with undone():
            let_be_over(self.world.acme)
            before = fingerprint(self.world.acme)
            with tenant_scope(scope.tenant):
                expiring.erase_expired(before=clock.now() + timedelta(days=1), limit=100)
            return fingerprint(self.world.acme) != before

    def expects(self, expiring: registry.Expiring, scope: Side) -> bool:
        """Whether more is counted when more of Acme's is over."""
        cutoffs = {expiring.record_class: clock.now() - timedelta(days=30)}
        with undone():
            with tenant_scope(scope.tenant):
                before = expiring.expected(cutoffs=cutoffs).records
            let_be_over(self.world.acme)
            with tenant_scope(scope.tenant):
                return expiring.expected(cutoffs=cutoffs).records != before

    def erases_all(self, store: registry.RecordStore, scope: Side) -> bool:
        before = fingerprint(self.world.acme)
        with undone():
            with tenant_scope(scope.tenant):
                store.erase_all(limit=100)
            return fingerprint(self.world.acme) != before

    def rescans(self, store: registry.RecordStore, scope: Side) -> bool:
        with undone():
            self.outdate(self.world.acme)
            before = fingerprint(self.world.acme)
            with tenant_scope(scope.tenant):
                rules = rule_sets.current(scope.tenant.id)
                store.rescan(rule_set=rules, after=None, limit=100, now=clock.now())
            return fingerprint(self.world.acme) != before

    def exports(self, store: registry.RecordStore, scope: Side) -> bool:
        with undone(), tenant_scope(scope.tenant):
            owner = scope.members["owner"]
            exported = str(list(store.export(owner, limit=100, now=clock.now())))
        return any(word in exported for word in self.world.secrets)

    def counts(self, store: registry.RecordStore, scope: Side) -> bool:
        """Whether one more of Acme's is counted."""
        from chat.models import Conversation

        with undone():
            with tenant_scope(scope.tenant):
                before = store.count()
            with tenant_scope(self.world.acme.tenant):
                last = Conversation.objects.get(id=self.world.acme.conversation.id)
                last.pk, last.client_id = uuid4(), uuid4()
                last.save(force_insert=True)
            with tenant_scope(scope.tenant):
                return store.count() != before

    def outdated(self, store: registry.RecordStore, scope: Side) -> bool:
        with undone():
            self.outdate(self.world.acme)
            with tenant_scope(scope.tenant):
                return store.has_outdated(1)

    def counts_outdated(self, store: registry.RecordStore, scope: Side) -> bool:
        with undone():
            self.outdate(self.world.acme)
            with tenant_scope(scope.tenant):
                return store.count_outdated(1) > 0

    def counts_texts(self, store: registry.RecordStore, scope: Side) -> bool:
        return self.falls(store.count_texts, scope)

    def tries_out(self, store: registry.RecordStore, scope: Side) -> bool:
        """Whether a count, walked to its end, goes through Acme's texts."""

        def looked_at(after: registry.Place | None = None) -> int:
            done = store.try_out(policy=MaskingPolicy.named("default"), after=after, limit=1000)
            return done.looked_at + (looked_at(done.place) if done.place else 0)

        return self.falls(looked_at, scope)

    def falls(self, count: Callable[[], int], scope: Side) -> bool:
        """Whether a number changes when Acme's texts are gone."""
        from chat.models import Message

        with undone():
            with tenant_scope(scope.tenant):
                before = count()
            with tenant_scope(self.world.acme.tenant):
                Message.objects.all().delete()
            with tenant_scope(scope.tenant):
                return count() != before

    def tries_recent(self, store: registry.RecordStore, scope: Side) -> bool:
        policy, until = MaskingPolicy.named("default"), UUID(int=2**128 - 1)
        with undone():
            with tenant_scope(scope.tenant):
                done = store.try_out_recent(policy=policy, after=UUID(int=0), until=until, limit=1000)
            return self.is_acmes(done.place)

    def is_acmes(self, place: registry.Place | None) -> bool:
        """Whether a place is in one of Acme's conversations."""
        from chat.models import Conversation, Message

        if place is None:
            return False
        with tenant_scope(self.world.acme.tenant):
            models = (Conversation, Message)
            return any(model.objects.filter(id=place.id).exists() for model in models)
