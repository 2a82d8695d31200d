"""Drivers of forms: what is typed into them, and addresses of pages."""

import itertools
import re
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

from django.urls import reverse

from helpdesk.core import clock
from tests.proofs.canaries.registry import surface
from tests.proofs.canaries.service import Person, Service
from tests.proofs.canaries.talk import _conversation
from tests.proofs.canaries.values import Canary

_letters = itertools.count(1)
REPORT_FIELDS = (
    "kind",
    "entity",
    "start",
    "end",
    "text",
    "words",
    "from",
    "to",
    "first",
    "last",
    "version",
    "note",
    "reason",
)


def kept(service: Service, where: str, response: object) -> None:
    """Look at the answer to a form whose text was kept; one that was refused is its sender's own text again."""
    if response.status_code == 200:  # type: ignore[attr-defined]
        service.show(where, response.text)  # type: ignore[attr-defined]


@surface("subject", "subject", masked_by=("subject",))
def subject(service: Service, canaries: list[Canary]) -> None:
    """The answer over htmx is the header as every agent sees it; one of them ends in an error that repeats it."""
    path = f"/o/{service.slug}/conversations/{_conversation(service)}/subject/"
    for canary in canaries:
        kept(
            service,
            "pages of the agent",
            service.agent.post(path, {"subject": canary.text}, headers={"HX-Request": "true"}),
        )
    service.agent.post(path, {"subject": f"FAIL {canaries[-1].text}"})


@surface("scope of a proof", "ask_proof", masked_by=("scope of a proof",))
def scope(service: Service, canaries: list[Canary]) -> None:
    """Asked for, read in the header as every agent sees it and in the conversation, and withdrawn again."""
    path = f"/o/{service.slug}/conversations/{_conversation(service)}/"
    service.agent.post(f"{path}take/", {})
    for canary in canaries:
        service.agent.post(f"{path}verify/", {"scope": canary.text})
        page = service.agent.get(path).text
        service.show("pages of the agent", page)
        for end in re.findall(rf'action="({path}verify/[^"]+/end/)"', page):
            service.agent.post(end, {})


@surface("canned response", "canned", masked_by=("canned response",))
def canned(service: Service, canaries: list[Canary]) -> None:
    for canary in canaries:
        service.agent.post(f"/o/{service.slug}/canned/", {"shortcut": shortcut(), "text": canary.text})
        if canary.digits:
            service.agent.post(f"/o/{service.slug}/canned/", {"shortcut": f"a{canary.digits}", "text": "x"})
    for page in ("", "picker/"):
        service.show("pages of the agent", service.agent.get(f"/o/{service.slug}/canned/{page}").text)


@surface("changed canned response", "canned_one", masked_by=("canned response",))
def changed_canned(service: Service, canaries: list[Canary]) -> None:
    from chat.models import CannedResponse
    from tenants.models import Tenant
    from tenants.scoping import tenant_scope

    name = shortcut()
    service.agent.post(f"/o/{service.slug}/canned/", {"shortcut": name, "text": "x"})
    with tenant_scope(Tenant.objects.get(slug=service.slug)):
        path = f"/o/{service.slug}/canned/{CannedResponse.objects.get(shortcut=name).id}/"
    for canary in canaries:
        service.agent.post(path, {"shortcut": name, "text": canary.text})
        service.show("pages of the agent", service.agent.get(path).text)


def shortcut() -> str:
    number, name = next(_letters), ""
    while number:
        number, place = divmod(number, 26)
        name += chr(ord("a") + place)
    return f"c{name}"


@surface("label of a pre-chat field", "pre_chat_add", masked_by=("label of a pre-chat field",))
def label(service: Service, canaries: list[Canary]) -> None:
    """Five at a time; the owner sees them, and every visitor."""
    from chat.models import PreChatField
    from tenants.models import Tenant
    from tenants.scoping import tenant_scope

    pages = f"/o/{service.slug}/start/questions/"
    for start in range(0, len(canaries), 4):
        for canary in canaries[start : start + 4]:
            service.owner.post(f"{pages}add/", {"label": canary.text[:80]})
        service.show("pages of the owner", service.owner.get(pages).text)
        service.show("the widget", service.stranger.get(f"/w/{service.widget_key}/").text)
        with tenant_scope(Tenant.objects.get(slug=service.slug)):
            added = list(PreChatField.objects.filter(kind="custom").order_by("id").values_list("id", flat=True))
        for one in added[1:] if len(added) > 4 else added:
            service.owner.post(f"{pages}{one}/remove/", {})


@surface("visitor's details", "visitor", masked_by=("name, e-mail or phone",), cards_only=True)
def details(service: Service, canaries: list[Canary]) -> None:
    from chat.models import Conversation
    from tenants.models import Tenant
    from tenants.scoping import tenant_scope

    conversation = _conversation(service)
    path = f"/o/{service.slug}/conversations/{conversation}/visitor/"
    for canary in canaries:
        for fields in ({"name": canary.text}, {"email": f"{canary.digits}@mail.example"}, {"phone": canary.secret}):
            with tenant_scope(Tenant.objects.get(slug=service.slug)):
                seen = Conversation.objects.select_related("contact").get(id=conversation).contact.details_changed_at
            data = {"name": "", "email": "", "phone": "", "seen": seen.isoformat() if seen else "", **fields}
            kept(service, "pages of the agent", service.agent.post(path, data, headers={"HX-Request": "true"}))


@surface("search", "find", "merge_contacts", masked_by=())
def search(service: Service, canaries: list[Canary]) -> None:
    """What is looked for is shown to who looks, and kept nowhere."""
    same = f"/o/{service.slug}/conversations/{_conversation(service)}/visitor/same/"
    for canary in canaries:
        service.agent.post(f"/o/{service.slug}/find/", {"wanted": canary.text})
        for wanted in (canary.text, f"{canary.digits}@mail.example"):
            service.owner.post(same, {"wanted": wanted, "other": canary.text[:40], "step": "merge"})


@surface("names of an organisation and its people", "organisation_new", "sign_up", "invite", "join", "add_origin",
         "rename_factor", "passkey_create",
         masked_by=("readable name",), cards_only=True)  # fmt: skip
def names(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused."""
    slug = service.slug
    factor = re.search("/account/security/[0-9a-f-]{36}/name/", service.owner.get("/account/security/").text)
    assert factor, "the owner's page lists a factor to name"
    for one in canaries:
        address = f"{one.digits}@mail.example"
        service.owner.post(factor[0], {"name": one.text[:64]})
        service.owner.client.post("/account/security/passkey/", json={"name": one.text[:64]})
        service.owner.post(f"/o/{slug}/settings/people/invite/", {"email": address, "role": "agent"})
        service.owner.post(f"/o/{slug}/start/sites/", {"origin": f"https://{one.digits}.example"})
        service.owner.post("/organisations/new/", {"name": one.text[:80], "slug": f"s{one.tag}", "region": "eu"})
        service.owner.post("/organisations/new/", {"name": "Acme", "slug": one.digits, "region": "eu"})
        service.stranger.post("/signup/", {"name": one.text[:80], "email": address, "password": "nine purple lanterns"})
        service.stranger.post("/invitation/join/", {"name": one.text[:80], "password": "nine purple lanterns"})


@surface("names of teams", "team_new", "team_name", masked_by=("readable name",), cards_only=True)
def teams(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused."""
    base = f"/o/{service.slug}/settings/teams"
    service.owner.post(f"{base}/new/", {"name": "Billing"})
    team = re.search('id="team-([0-9a-f-]{36})', service.owner.get(f"{base}/").text)
    assert team, "the owner's page lists a team to name"
    for one in canaries:
        service.owner.post(f"{base}/new/", {"name": one.text[:40]})
        service.owner.post(f"{base}/{team[1]}/name/", {"name": one.text[:40]})
    service.show("pages of the owner", service.owner.get(f"{base}/").text)


@surface("names of closed days", "closed_day_add", masked_by=("readable name",), cards_only=True)
def closed_days(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused."""
    page = f"/o/{service.slug}/settings/hours/"
    day = clock.now().date() + timedelta(days=9)
    for one in canaries:
        service.owner.post(f"{page}days/", {"day": day.isoformat(), "name": one.text[:60]})
    service.show("pages of the owner", service.owner.get(page).text)


@surface("forms of an account", "sign_in", "forgot_password", "confirm", "reset_password", "change_password",
         "unlock", "unlock_open", "invitation", "change_email", "confirm_email_change", "stop_email_change",
         cards_only=True)  # fmt: skip
def accounts(service: Service, canaries: list[Canary]) -> None:
    """Typed into the wrong field: none of it is kept."""
    for one in canaries:
        address = f"{one.digits}@mail.example"
        service.stranger.post("/sign-in/", {"email": address, "password": one.text})
        service.stranger.post("/password/forgot/", {"email": address})
        service.stranger.post("/password/reset/", {"code": one.text, "password": one.text})
        service.agent.post("/password/change/", {"present": one.text, "password": one.text})
        service.agent.post("/account/email/", {"email": address, "password": one.text, "code": one.text})
        service.stranger.post("/account/email/confirm/", {"code": one.text, "password": one.text})
        service.stranger.post("/account/email/stop/", {"code": one.text})
        service.stranger.post("/sign-in/unlock/", {"email": address})
        service.stranger.post("/sign-in/unlock/link/", {"code": one.text})
        service.stranger.post("/confirm/", {"code": one.text, "password": one.text})
        service.stranger.post("/invitation/", {"code": one.text})
        service.stranger.post("/admin/login/", {"username": one.text, "password": one.text})


@surface("settings of masking and keys", "masking_rule", "masking_exempt", "masking_try", "own_key", "close", "places",
         masked_by=("readable name",), cards_only=True)  # fmt: skip
def settings(service: Service, canaries: list[Canary]) -> None:
    base = f"/o/{service.slug}/settings"
    for one in canaries:
        rule = {"name": one.text[:30], "pattern": "ORD[0-9]{4}", "sample": one.text, "activate": "1"}
        service.owner.post(f"{base}/masking/own/rule/", rule)
        service.owner.post(f"{base}/masking/own/rule/", {**rule, "name": "orders", "pattern": one.digits})
        service.owner.post(f"{base}/masking/own/ids/", {"source": f"^ORD{one.digits}$"})
        service.owner.post(f"{base}/masking/try/", {"text": one.text, "by": "visitor", "before": one.text})
        service.owner.post(f"{base}/keys/own/", {"provider": "vault", "reference": f"transit/{one.digits}"})
        service.owner.post(f"{base}/addresses/", {
            "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-network": "198.51.100.0/24",
            "form-0-label": one.text[:40], "roles": "agent", "step": "try",
        })  # fmt: skip
        service.owner.post(f"{base}/keys/close/", {"name": one.text, "code": one.digits[:6]})


@surface("operator's reason", "tenants_tenant_switch_mode", "mode_on", "mode_off", "admin:pages",
         masked_by=("operator's reason",), readable=True)  # fmt: skip
def reason(service: Service, canaries: list[Canary]) -> None:
    """Switched on, and asked to be off again, by an operator and by an owner; the organisation reads why."""
    from helpdesk.core import clock
    from tenants.models import Tenant
    from tests.factories.modes import cut_short, decide_retention

    tenant = Tenant.objects.get(slug=service.slug)
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
    from helpdesk.core import clock
    from tenants.models import Tenant
    from tests.factories.tenants import make_member

    # Somebody of their own: whose factors are taken away is signed out everywhere.
    tenant = Tenant.objects.get(slug=service.slug)
    colleague = make_member(tenant, f"Rhoda{uuid4().hex[:8]}", "agent", now=clock.now())
    for one in canaries:
        service.owner.post(f"/o/{service.slug}/settings/people/{colleague.id}/factors/", {"reason": one.text})
    service.show("pages of the owner", service.owner.get(f"/o/{service.slug}/settings/privacy/").text)


@surface("note of an incident", "close_incident", masked_by=("note of an incident",))
def incident_note(service: Service, canaries: list[Canary]) -> None:
    """An incident of each, closed with a note."""
    from compliance.models import Incident, JobRun
    from helpdesk.core import clock
    from tenants.models import Tenant
    from tenants.scoping import tenant_scope

    tenant, now = Tenant.objects.get(slug=service.slug), clock.now()
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
    from compliance.breach.raising import raise_incident
    from compliance.models import IncidentCause
    from helpdesk.core import clock
    from tenants.models import Tenant
    from tenants.scoping import tenant_scope

    tenant = Tenant.objects.get(slug=service.slug)
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
    from helpdesk.core import clock
    from tenants.models import Tenant
    from tests.factories.stored import store_conversation

    held = store_conversation(Tenant.objects.get(slug=service.slug), at=clock.now())
    path = f"{reverse('chat:hold_new', kwargs={'slug': service.slug})}?conversation={held.id}"
    for canary in canaries:
        service.owner.post(path, {"kind": "conversation", "reason": canary.text})
    service.show("pages of the owner", service.owner.get(reverse("chat:holds", kwargs={"slug": service.slug})).text)


@surface("courses", "course_new", "course", "training_sign", masked_by=("readable name",), cards_only=True)
def courses(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so what holds a number that matters is refused; a signature is compared and kept nowhere."""
    from compliance.models import OwnCourse
    from tenants.models import Membership, Tenant, TrainingDuty
    from tenants.scoping import tenant_scope

    base = f"/o/{service.slug}/training"
    fields = {"title": "Doors", "minutes": "5", "statement": "I have read it.", "roles": "owner"}
    service.owner.post(f"{base}/courses/new/", {**fields, "lessons": "# One\nClose the doors."})
    with tenant_scope(Tenant.objects.get(slug=service.slug)):
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


@surface("reports", "report_message", "report", "decline_report")
def reports(service: Service, canaries: list[Canary]) -> None:
    """A report points at a place in a message, and takes no words; whatever is put into its fields is not kept."""
    conversation = _conversation(service)
    base = f"/o/{service.slug}"
    for one in canaries:
        fields = dict.fromkeys(REPORT_FIELDS, one.text)
        for step in ("choose", "report", "mask", ""):
            service.agent.post(f"{base}/conversations/{conversation}/messages/1/report/", {**fields, "step": step})
        for step in ("", "decline/"):
            service.owner.post(f"{base}/settings/masking/reports/{conversation}/{step}", fields)


@surface("addresses and headers")
def addresses(service: Service, canaries: list[Canary]) -> None:
    """In the path, the query and the headers of any page."""
    for one in canaries:
        for person in (service.agent, service.stranger):
            _visit(person, service, one)


def _visit(person: Person, service: Service, one: Canary) -> None:
    headers = {"Referer": f"https://shop.example/?q={quote(one.text)}", "User-Agent": quote(one.text)}
    for path in (f"/o/{service.slug}/inbox/", f"/o/{quote(one.text)}/inbox/", f"/{quote(one.text)}/", "/w.js"):
        person.get(f"{path}?q={quote(one.text)}", headers=headers)


@surface("secure forms of one's own", "forms", masked_by=("readable name",), cards_only=True)
def own_forms(service: Service, canaries: list[Canary]) -> None:
    """Kept readable, so a name or label that holds a number that matters is refused."""
    path = f"/o/{service.slug}/settings/forms/"
    for one in canaries:
        service.owner.post(path, {"name": one.text[:60], "label0": "Number", "type0": "text"})
        service.owner.post(path, {"name": "A form", "label0": one.text[:60], "type0": "text"})
    service.show("pages of the owner", service.owner.get(path).text)


@surface(
    "system for secure forms",
    "form_endpoint_address",
    "add_endpoint_key",
    masked_by=("readable name",),
    cards_only=True,
)
def form_systems(service: Service, canaries: list[Canary]) -> None:
    """An address is kept readable, so one that holds a number that matters is refused; what is no key is not kept."""
    path = f"/o/{service.slug}/settings/forms/system/"
    service.owner.post(f"{path}address/", {"address": "https://forms.example.com/"})
    for one in canaries:
        for address in (one.text, f"https://forms.example.com/{quote(one.text)}", f"https://{one.text}.example/"):
            service.owner.post(f"{path}address/", {"address": address[:300]})
        service.owner.post(f"{path}keys/", {"key": one.text})
    service.show("pages of the owner", service.owner.get(path).text)


@surface("payment provider", "connect_payments")
def payment_providers(service: Service, canaries: list[Canary]) -> None:
    """What has not the shape of the provider's secrets is not kept."""
    path = f"/o/{service.slug}/settings/forms/payments/"
    for one in canaries:
        service.owner.post(f"{path}connect/", {"secret_key": one.text, "webhook_secret": one.text})
    service.show("pages of the owner", service.owner.get(path).text)
