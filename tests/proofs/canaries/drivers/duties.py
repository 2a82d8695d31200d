"""Drivers of duties: reasons, incidents, agreements, holds, courses, notices."""

import re
from uuid import uuid4

from django.urls import reverse

from compliance.breach.raising import raise_incident
from compliance.models import Incident, IncidentCause, JobRun, OwnCourse
from helpdesk.core import clock
from tenants.models import Membership, Tenant, TrainingDuty
from tenants.scoping import tenant_scope
from tests.factories.modes import cut_short, decide_retention
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member
from tests.proofs.canaries.registry import surface
from tests.proofs.canaries.service import Service
from tests.proofs.canaries.values import Canary


@surface("operator's reason", "tenants_tenant_switch_mode", "mode_on", "mode_off", "admin:pages",
         masked_by=("operator's reason",), readable=True)  # fmt: skip
def reason(service: Service, canaries: list[Canary]) -> None:
    """Switched on, and asked to be off again, by an operator and by an owner; the organisation reads why."""
    tenant = service.tenant
    decide_retention(tenant, clock.now())
    by_operator, by_owner = f"/admin/tenants/tenant/{tenant.id}/modes", f"/o/{service.slug}/settings/modes"
    for number, canary in enumerate(canaries):
        given = {"reason": canary.text, "agreement": canary.text, "agreed_on": "2026-01-02"}
        is_owners = bool(number % 2)
        for step in ("on", "off"):
            posted = {f"hipaa-{step}-{name}": value for name, value in given.items()} if is_owners else given
            path = f"{by_owner}/hipaa/{step}/" if is_owners else f"{by_operator}/hipaa/{step}/"
            answer = (service.owner if is_owners else service.operator).post(path, posted)
            if Tenant.objects.get(id=tenant.id).hipaa_state != {"on": "enabling", "off": "disabling"}[step]:
                raise AssertionError(answer.status_code)
        service.show("pages of the owner", service.owner.get(f"{by_owner}/").text)
        cut_short(tenant, "hipaa")
    for person, page in ((service.owner, f"/o/{service.slug}/settings/privacy/"),
                         (service.operator, f"/admin/compliance/auditentry/?organisation={service.slug}")):  # fmt: skip
        service.show("pages of the owner", person.get(page, follow_redirects=True).text)


@surface("an owner's reason", "reset_factors", masked_by=("operator's reason",), readable=True)
def owners_reason(service: Service, canaries: list[Canary]) -> None:
    """A colleague's factors are taken away for it, as often as there are reasons; the organisation reads why."""
    # Somebody of their own: whose factors are taken away is signed out everywhere.
    tenant = service.tenant
    colleague = make_member(tenant, f"Rhoda{uuid4().hex[:8]}", "agent", now=clock.now())
    for one in canaries:
        service.owner.post(f"/o/{service.slug}/settings/people/{colleague.id}/factors/", {"reason": one.text})
    service.show("pages of the owner", service.owner.get(f"/o/{service.slug}/settings/privacy/").text)


@surface("note of an incident", "close_incident", masked_by=("note of an incident",))
def incident_note(service: Service, canaries: list[Canary]) -> None:
    """An incident of each, closed with a note."""
    tenant, now = service.tenant, clock.now()
    for canary in canaries:
        with tenant_scope(tenant):
            run = JobRun.objects.create(tenant=tenant, kind="rescan", started_at=now, moved_at=now, state="done")
            incident = Incident.objects.create(
                tenant=tenant, run=run, let_pass_from=1, let_pass_to=1, found_with=2, opened_at=now
            )
        path = reverse("compliance:incident", kwargs={"slug": service.slug, "incident_id": incident.id})
        service.owner.post(f"{path}decide/", {"decision": "none", "risk": "low", "people": "0", "reason": "Nothing"})
        service.owner.post(f"{path}close/", {"note": canary.text, "left_open": "Nothing"})
        service.show("pages of the owner", service.owner.get(path).text)


@surface("agreements", "agreement_new", masked_by=("readable name",), cards_only=True)
def agreements(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused."""
    path = reverse("compliance:agreement_new", kwargs={"slug": service.slug})
    for one in canaries:
        for told in ({"counterparty": one.text[:120]}, {"reference": one.text[:200]}):
            given = {
                "kind": "dpa",
                "counterparty": "A firm",
                "reference": "A folder",
                "signed_on": "2026-01-02",
                **told,
            }
            service.owner.post(path, given)
    page = reverse("compliance:agreements", kwargs={"slug": service.slug})
    service.show("pages of the owner", service.owner.get(page).text)


@surface("lines of an incident", "report_incident", "decide_incident", "incident_remark", "incident_task",
         masked_by=("line of an incident",))  # fmt: skip
def incident_lines(service: Service, canaries: list[Canary]) -> None:
    """What is reported, why it is no breach, what was done and is to be done: all in one incident."""
    tenant = service.tenant
    with tenant_scope(tenant):
        incident = raise_incident(tenant.id, IncidentCause.PROBE, now=clock.now())
    path = reverse("compliance:incident", kwargs={"slug": service.slug, "incident_id": incident.id})
    for canary in canaries:
        service.agent.post(reverse("compliance:report_incident", kwargs={"slug": service.slug}), {"text": canary.text})
        decided = {"decision": "none", "risk": "low", "people": "0", "reason": canary.text}
        service.owner.post(f"{path}decide/", decided)
        for part in ("remarks", "tasks"):
            service.owner.post(f"{path}{part}/", {"text": canary.text})
    service.show("pages of the owner", service.owner.get(path).text)


@surface("reason of a legal hold", "hold_new", masked_by=("reason of a legal hold",))
def hold_reason(service: Service, canaries: list[Canary]) -> None:
    """A hold of each, on one conversation."""
    held = store_conversation(service.tenant, at=clock.now())
    path = f"{reverse('chat:hold_new', kwargs={'slug': service.slug})}?conversation={held.id}"
    for canary in canaries:
        service.owner.post(path, {"kind": "conversation", "reason": canary.text})
    service.show("pages of the owner", service.owner.get(reverse("chat:holds", kwargs={"slug": service.slug})).text)


@surface("courses", "course_new", "course", "training_sign", masked_by=("readable name",), cards_only=True)
def courses(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused; a signature is compared and kept nowhere."""
    base = f"/o/{service.slug}/training"
    fields = {"title": "Doors", "minutes": "5", "statement": "I have read it.", "roles": "owner"}
    service.owner.post(f"{base}/courses/new/", {**fields, "lessons": "# One\nClose the doors."})
    with tenant_scope(service.tenant):
        own = OwnCourse.objects.latest("changed_at")
        duty = TrainingDuty.objects.get(course=own.id.hex, membership=Membership.objects.filter(role="owner").first())
    service.owner.post(f"{base}/{duty.id}/lessons/1/", {})
    for one in canaries:
        typed = {
            "title": one.text[:80], "about": one.text, "statement": one.text,
            "lessons": f"# {one.text}\n{one.text}", "questions": f"? {one.text}\n+ {one.text}\n- No\n! {one.text}",
        }  # fmt: skip
        for name, text in typed.items():
            given = {**fields, "lessons": "# One\nClose the doors.", name: text}
            for path in ("courses/new/", f"courses/{own.id}/"):
                service.owner.post(f"{base}/{path}", given)
        service.owner.post(f"{base}/{duty.id}/sign/", {"read": "on", "name": one.text, "text": one.text[:64]})
    service.show("pages of the owner", service.owner.get(f"{base}/courses/").text)


@surface("notice to visitors", "notice", "notice_setting", masked_by=("readable name",), cards_only=True)
def notices(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused; what was published, every visitor is shown."""
    base = f"/o/{service.slug}/settings/notices"
    for one in canaries:
        service.owner.post(f"{base}/default/en/", {"body": f"A title\n\nA text {one.text}"})
        service.owner.post(f"{base}/default/en/", {"body": f"{one.text}\n\n{one.text}"})
        service.owner.post(f"{base}/setting/", {"consent": "told", "region": "", "other_ways": one.text[:300]})
    page = service.owner.get(f"{base}/default/en/publish/").text
    if found := re.search('name="seen" value="([0-9a-f]{64})"', page):
        service.owner.post(f"{base}/default/en/publish/", {"seen": found[1]})
    for path in ("/", "/default/en/", "/default/en/publish/"):
        service.show("pages of the owner", service.owner.get(f"{base}{path}").text)
    vera = service.visitor()
    service.show("the widget", str(vera.session()))
