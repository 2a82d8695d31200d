"""Olive and Cora, who handle requests, and Vera, whose conversation is open and whose address is known."""

import pytest

from chat import archive_building
from chat.actions import merging, request_deciding, request_erasing, request_handling, subject_requests
from chat.actions.merging import MergeRefusedError
from chat.models import ContactDetails
from compliance.models import AuditEntry, Identity, RequestKind, RequestRegime, RequestStep, SubjectRequest
from tenants.models import PolicyChoice
from tenants.policy_names import REQUESTS_BY, TWO_PEOPLE
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import give_details, store_conversation
from tests.factories.tenants import make_member

VERA = "vera@tents.example"
VERA_AT_WORK = "v.lund@work.example"


@pytest.fixture
def cora(acme, now):
    """Acme's compliance officer."""
    return make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)


@pytest.fixture
def talk(acme, ada, now):
    """What Vera said to Acme."""
    conversation = store_conversation(acme, ["hello", "a secret of mine"], at=now)
    give_details(conversation, ContactDetails(email=VERA), ada, at=now)
    return conversation


@pytest.fixture
def second(acme, ada, now):
    """What Vera said from work, where nobody knew that it was her."""
    conversation = store_conversation(acme, ["from work"], at=now)
    give_details(conversation, ContactDetails(name="V. Lund", email=VERA_AT_WORK), ada, at=now)
    return conversation


@pytest.fixture
def unsent(monkeypatch):
    """Jobs that would be sent on their way are not."""
    for job in (request_erasing.erase_for_request, archive_building.build_archive):
        monkeypatch.setattr(job, "apply_async", lambda *_, **__: None)


class Register:
    """Acme's register, as its people write to it."""

    def __init__(self, tenant, member, now):
        self.tenant, self.member, self.now = tenant, member, now

    def open(self, kind="access", *, contact_id=None, regime="gdpr", note="By letter", on=None, by=None):
        return self.do(
            subject_requests.open_request, kind=RequestKind(kind), regime=RequestRegime(regime), note=note,
            contact_id=contact_id, received_on=on or self.now.date(), by=by,
        )  # fmt: skip

    def known(self, kind="access", **given):
        """One whose sender is known."""
        return self.know(self.open(kind, **given))

    def know(self, request):
        return self.do(
            request_handling.state_identity, request_id=request.id, how=Identity.CHECKED, note="By their passport"
        )

    def answer(self, request, *, by=None, note="Sent by post"):
        return self.do(request_deciding.answer_request, request_id=request.id, note=note, by=by)

    def merge(self, kept, merged, **given):
        """Make the visitors of two conversations one person."""
        return self.do(merging.merge_contacts, kept_id=kept.contact_id, merged_id=merged.contact_id, **given)

    def part(self, made, **given):
        return self.do(merging.part_contacts, merge_id=made.id, **given)

    @staticmethod
    def refused(act, *args, **given):
        """Why two were not merged, or not parted."""
        with pytest.raises(MergeRefusedError) as caught:
            act(*args, **given)
        return caught.value.state

    def do(self, act, *, by=None, at=None, **given):
        member = by or self.member
        with tenant_scope(member.tenant_id):
            return act(actor=member, now=at or self.now, **given)

    def again(self, request):
        with tenant_scope(self.tenant):
            return SubjectRequest.objects.get(id=request.id)

    def all(self):
        with tenant_scope(self.tenant):
            return list(SubjectRequest.objects.order_by("id"))

    def steps(self, request):
        with tenant_scope(self.tenant):
            rows = RequestStep.objects.filter(request_id=request.id).order_by("number")
            return list(rows.values_list("step", flat=True))

    def events(self):
        with tenant_scope(self.tenant):
            rows = AuditEntry.objects.filter(event__startswith="subject_request.").order_by("id")
            # Entries of one instant have no order of their own.
            return sorted(event.partition(".")[2] for event in rows.values_list("event", flat=True))

    def wants_two(self):
        with tenant_scope(self.tenant):
            PolicyChoice.objects.create(tenant=self.tenant, key=REQUESTS_BY, value=TWO_PEOPLE, changed_at=self.now)


@pytest.fixture
def register(acme, olive, now):
    return Register(acme, olive, now)
