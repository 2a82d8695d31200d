"""The staff gate: one judgement for pages and sockets, under the organisation's policy and its modes' floors."""

from datetime import UTC, datetime

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from django.urls import reverse

from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.actions import sessions
from tenants.actions.policies import NoSuchChoiceError, choose
from tenants.at_socket import RefusedError, admit, admit_again
from tenants.gate.checks import Refusal, Visit, judge
from tenants.gate.facts import Facts
from tenants.models import ModeState, PolicyChoice, StaffSession, Tenant, TrainingDuty
from tenants.permissions import NotPermittedError
from tenants.policies import in_force
from tenants.policy_names import CONSENT, SESSION_IDLE, SESSION_LENGTH, TOLD
from tenants.roles import ROLE_CAPABILITIES, Capability, Role
from tenants.scoping import tenant_scope
from tenants.sessions import browser_of
from tests.factories.tenants import PASSWORD, make_member
from tests.support.later import later

pytestmark = pytest.mark.django_db
SETTINGS = "/o/acme/settings/"
LOCKED = "/sign-in/locked/"


def choosing(member, key, value):
    with tenant_scope(member.tenant):
        return choose(key=key, value=value, actor=member, now=clock.now())


@pytest.mark.parametrize(
    ("began", "active", "refusal"),
    [
        (None, None, Refusal.SIGNED_OUT),
        (0, 0, None),
        (-8 * 3600 + 1, -8 * 3600 + 1, None),
        (-8 * 3600, -8 * 3600, Refusal.LOCKED),
        (-12 * 3600, -1, Refusal.SESSION_OVER),
        (-12 * 3600, -8 * 3600, Refusal.SESSION_OVER),
    ],
)
def test_a_session_is_locked_when_nobody_is_there_and_over_when_it_is_old(ada, began, active, refusal):
    facts = Facts({}, began, active)

    assert judge(facts, Visit(ada, "192.0.2.1", 0, factor="tenants.passkey")) == refusal


def test_what_does_not_matter_at_a_door_does_not_keep_anybody_out(ada):
    assert (
        judge(Facts({}, None, None), Visit(ada, "", 0, factor="tenants.passkey"), despite={Refusal.SIGNED_OUT}) is None
    )


def test_an_idle_session_leads_to_the_lock_and_the_password_opens_it(client, sign_in, ada):
    sign_in(client, ada)
    assert client.get(SETTINGS).status_code == 200

    with later(hours=8, seconds=1):
        assert client.get(SETTINGS).url == f"{LOCKED}?next={SETTINGS}"
        assert client.post("/o/acme/settings/privacy/export/").url == LOCKED
        htmx = client.get(SETTINGS, headers={"HX-Request": "true"})
        assert (htmx.status_code, htmx.get("HX-Redirect")) == (423, None)
        assert client.post(LOCKED, {"password": "not the password"}).status_code == 422
        assert client.get(SETTINGS).status_code == 302

        unlocked = client.post(LOCKED, {"password": PASSWORD, "next": SETTINGS})

        assert unlocked.url == SETTINGS
        assert client.get(SETTINGS).status_code == 200


def test_a_session_that_is_over_is_not_unlocked_but_signed_out(client, sign_in, ada):
    sign_in(client, ada)

    with later(hours=12):
        assert client.get(LOCKED).url == "/sign-in/"
        assert client.get(SETTINGS).url == f"/sign-in/?next={SETTINGS}"
        assert not client.session.keys()


def test_activity_keeps_a_session_open_but_what_a_page_asks_by_itself_does_not(client, sign_in, ada):
    sign_in(client, ada)

    with later(hours=5):
        assert client.get(SETTINGS, headers={"HX-Request": "true"}).status_code == 200
        assert client.get(SETTINGS, headers={"Sec-Fetch-Mode": "cors"}).status_code == 200
    with later(hours=9):
        assert client.get(SETTINGS).status_code == 302
    with later(hours=5):
        assert client.post("/account/active/").status_code == 204
    with later(hours=9):
        assert client.get(SETTINGS).status_code == 200
    with later(hours=17, seconds=1):
        assert client.post("/account/active/").url == LOCKED


def test_a_mode_lowers_the_limit_at_once_and_no_choice_loosens_it(client, sign_in, olive, acme):
    sign_in(client, olive)
    choosing(olive, SESSION_IDLE, "60")
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)
    acme.refresh_from_db()

    with tenant_scope(acme):
        assert in_force(acme, SESSION_IDLE).value == "15"
    with later(minutes=15, seconds=1):
        assert client.get(SETTINGS).status_code == 302


def test_an_owner_chooses_at_the_page_and_it_holds_for_everyone(client, sign_in, olive, ada, acme):
    sign_in(client, olive)
    page = client.get("/o/acme/settings/sign-in/")
    fields = {name: page.context["form"][name].initial for name in page.context["form"].fields}

    saved = client.post("/o/acme/settings/sign-in/", {**fields, SESSION_IDLE: "30"})

    assert saved.url == "/o/acme/settings/sign-in/"
    agent = sign_in(Client(), ada)
    with later(minutes=30, seconds=1):
        assert agent.get(SETTINGS).status_code == 302
    with tenant_scope(acme):
        assert dict(PolicyChoice.objects.values_list("key", "value")) == {CONSENT: TOLD, SESSION_IDLE: "30"}
        assert AuditEntry.objects.filter(event="policy.chosen", facts={"key": SESSION_IDLE, "value": "30"}).count() == 1


@pytest.mark.parametrize(("key", "value"), [("no.such", "15"), (SESSION_IDLE, "7"), ("masking.profile", "hipaa")])
def test_what_the_table_does_not_offer_is_not_chosen(olive, key, value):
    with pytest.raises(NoSuchChoiceError):
        choosing(olive, key, value)


def test_only_owners_choose(sam, mallory, acme):
    with pytest.raises(NotPermittedError):
        choosing(sam, SESSION_LENGTH, "8")


def test_signing_out_ends_the_session_for_its_sockets_too(client, sign_in, ada):
    sign_in(client, ada)

    client.post("/sign-out/")

    assert not StaffSession.objects.exists()


def test_a_person_ends_their_other_sessions_and_nobody_elses(client, sign_in, ada, mallory):
    sign_in(client, ada)
    other, hers = sign_in(Client(), ada), sign_in(Client(), mallory)
    foreign = StaffSession.objects.get(user=mallory.user)

    client.post(reverse("accounts:end_session", args=[foreign.id]))
    assert hers.get("/o/globex/settings/").status_code == 200
    assert b"(this one)" in client.get("/account/sessions/").content
    client.post("/account/sessions/end/")

    assert client.get(SETTINGS).status_code == 200
    assert other.get(SETTINGS).url.startswith("/sign-in/")
    assert other.get("/account/sessions/").url.startswith("/sign-in/")


def test_the_session_active_longest_ago_ends_where_only_so_many_are_allowed(client, sign_in, olive, ada):
    choosing(olive, "session.at_once", "1")
    sign_in(client, ada)

    other = sign_in(Client(), ada)
    sessions.begin(other.session, ada.user, address="127.0.0.1", user_agent="", now=clock.now())

    assert client.get(SETTINGS).url.startswith("/sign-in/")


@pytest.mark.django_db(transaction=True)
async def test_a_socket_is_refused_when_time_is_up_and_not_before(ada, sign_in):
    client = await sync_to_async(sign_in)(Client(), ada)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    now = clock.now().timestamp()
    admitted = await admit(key, "acme", "192.0.2.1", now=now)

    assert admitted.until == pytest.approx(now + 8 * 3600, abs=5)
    assert await admit_again(admitted, now=admitted.until - 1) is not None
    for act in (admit_again(admitted, now=admitted.until), admit(key, "acme", "192.0.2.1", now=admitted.until)):
        with pytest.raises(RefusedError) as refused:
            await act
        assert refused.value.refusal == Refusal.LOCKED


@pytest.mark.django_db(transaction=True)
async def test_a_socket_lives_until_training_lapses_and_opens_again_once_it_is_done(ada, sign_in):
    client = await sync_to_async(sign_in)(Client(), ada)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    now = clock.now().timestamp()
    await sync_to_async(asking_ada_by)(ada, now + 60)
    admitted = await admit(key, "acme", "192.0.2.1", now=now)

    assert admitted.until == pytest.approx(now + 60, abs=1)
    assert await admit_again(admitted, now=admitted.until - 1) is not None
    for act in (admit_again(admitted, now=admitted.until), admit(key, "acme", "192.0.2.1", now=admitted.until)):
        with pytest.raises(RefusedError) as refused:
            await act
        assert refused.value.refusal == Refusal.TRAINING
    await sync_to_async(asking_ada_by)(ada, now + 3600)
    assert await admit_again(admitted, now=now) is None
    assert (await admit(key, "acme", "192.0.2.1", now=now + 61)).facts.training_due > now + 3000


def asking_ada_by(ada, moment):
    due_at = datetime.fromtimestamp(moment, UTC)
    with tenant_scope(ada.tenant):
        TrainingDuty.objects.update_or_create(
            tenant=ada.tenant, membership=ada, course="pci",
            defaults={"closes": True, "assigned_at": due_at, "due_at": due_at},
        )  # fmt: skip


@pytest.mark.parametrize(("change", "refusal"), [
    ({}, Refusal.TRAINING), ({"closes": False}, None), ({"guards": "health"}, None), ({"is_assigned": False}, None),
])  # fmt: skip
def test_only_what_closes_the_workspace_and_is_asked_for_now_keeps_anybody_out(client, sign_in, ada, change, refusal):
    asking_ada_by(ada, clock.now().timestamp())
    with tenant_scope(ada.tenant):
        TrainingDuty.objects.update(**change)
    sign_in(client, ada)

    assert (client.get(SETTINGS).status_code == 302) is (refusal is not None)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("<script>", "A browser"),
        ("", "A browser"),
    ],
)  # fmt: skip
def test_a_browser_is_told_by_name_and_system(header, told):
    assert browser_of(header) == told


def test_an_owner_sees_where_a_colleague_is_signed_in_and_signs_them_out(client, sign_in, olive, ada, acme):
    sign_in(client, olive)
    agent = sign_in(Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"), ada)
    place = f"/o/acme/settings/people/{ada.id}/sessions/"

    assert b"127.0.0.1" in client.get(place).content
    assert client.post(f"{place}end/").url == "/o/acme/settings/people/"

    assert agent.get(SETTINGS).url.startswith("/sign-in/")
    assert b"Signed in nowhere" in client.get(place).content
    with tenant_scope(acme):
        entry = AuditEntry.objects.get(event="member.signed_out")
        assert (entry.actor_id, entry.object_id) == (olive.id, ada.id)


def test_nobody_ends_sessions_of_another_organisation(client, sign_in, olive, mallory):
    hers = sign_in(Client(), mallory)
    sign_in(client, olive)

    assert client.get(f"/o/acme/settings/people/{mallory.id}/sessions/").status_code == 404
    assert client.post(f"/o/acme/settings/people/{mallory.id}/sessions/end/").status_code == 404
    assert hers.get("/o/globex/settings/").status_code == 200


def test_the_table_of_roles_is_the_one_that_is_enforced(client, sign_in, ada):
    sign_in(client, ada)

    page = client.get("/o/acme/settings/roles/")

    assert [(what, [may for _, may in each]) for what, each in page.context["rows"]] == [
        (one.label, [one in ROLE_CAPABILITIES[role] for role in Role]) for one in Capability
    ]


@pytest.mark.parametrize(("more", "hinted"), [(0, True), (1, False)])
def test_a_lone_owner_is_told_to_have_a_second(client, sign_in, olive, acme, now, more, hinted):
    for number in range(more):
        make_member(acme, f"Omar{number}", Role.OWNER, now=now)

    assert (b"One owner is one too few" in sign_in(client, olive).get("/o/acme/settings/people/").content) is hinted
