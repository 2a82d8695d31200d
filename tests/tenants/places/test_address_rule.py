"""From where an organisation's people may come: at every door, tried before it stands, and with a way back in."""

from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.conf import settings as configured
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from compliance.models import AuditEntry
from helpdesk.core import clock
from helpdesk.core.ratelimit import Limit
from tenants.actions import places, sessions
from tenants.actions.break_glass import WrongBreakGlassCodeError, break_glass, codes_left, make_codes
from tenants.actions.places import EmptyRuleError, NotFromHereError, NoTrialError, Proposal, TooManyNetworksError
from tenants.at_socket import RefusedError, admit, admit_again
from tenants.gate.checks import Refusal
from tenants.models import AddressRule, SeenAddress, StaffSession
from tenants.permissions import NotPermittedError
from tenants.places.rehearsal import rehearse
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError

pytestmark = pytest.mark.django_db
SETTINGS = "/o/acme/settings/"
PAGE = f"{SETTINGS}addresses/"
GLASS = f"{PAGE}break-glass/"
OFFICE, HOME = "203.0.113.7", "198.51.100.1"
AT_HOME = {"REMOTE_ADDR": HOME}
AT_WORK = {"REMOTE_ADDR": OFFICE}


def rule(*networks, is_on=True, roles=tuple(Role)):
    named = networks or (("203.0.113.0/24", ""),)
    return Proposal(is_on, frozenset(roles), named, tuple("Office" for _ in named))


def trying(owner, proposal=None, now=None):
    with tenant_scope(owner.tenant):
        return places.propose(proposal=proposal or rule(), actor=owner, now=now or clock.now())


def standing(owner, proposal=None):
    trying(owner, proposal)
    with tenant_scope(owner.tenant):
        return places.confirm(actor=owner, address=OFFICE, now=clock.now())


def later(**span):
    return time_machine.travel(clock.now() + timedelta(**span), tick=False)


def trail(tenant, event):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.filter(event=event))


def posted(*lines, step="try", **fields):
    given = {"form-TOTAL_FORMS": str(len(lines)), "form-INITIAL_FORMS": "0", "roles": [*Role], "step": step, **fields}
    for number, line in enumerate(lines):
        for name, value in zip(("network", "label", "role"), line, strict=False):
            given[f"form-{number}-{name}"] = value
    return given


# At every door ------------------------------------------------------------------------------------------------------


def test_a_page_asked_for_from_elsewhere_says_so_and_names_the_address(client, sign_in, olive, ada):
    standing(olive)
    sign_in(client, ada)

    assert client.get(SETTINGS, **AT_WORK).status_code == 200
    page = client.get(SETTINGS, **AT_HOME)

    assert page.status_code == 403
    assert HOME.encode() in page.content
    assert b"break-glass code?" not in page.content
    assert client.get(SETTINGS, **AT_WORK).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"])
def test_a_header_that_claims_the_office_is_no_way_in(client, sign_in, olive, ada, header):
    standing(olive)
    sign_in(client, ada)

    assert client.get(SETTINGS, headers={header: OFFICE}, **AT_HOME).status_code == 403


def test_behind_a_trusted_proxy_the_claim_of_the_client_itself_still_counts_for_nothing(
    client, sign_in, olive, ada, settings
):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    standing(olive)
    sign_in(client, ada)
    by_proxy = {"REMOTE_ADDR": "10.0.0.1"}

    assert client.get(SETTINGS, headers={"X-Forwarded-For": OFFICE}, **by_proxy).status_code == 200
    assert client.get(SETTINGS, headers={"X-Forwarded-For": f"{OFFICE}, {HOME}"}, **by_proxy).status_code == 403
    assert client.get(SETTINGS, **by_proxy).status_code == 403


DOORS = {
    "a page's part": ("get", "/o/acme/inbox/rows/", {"HX-Request": "true"}),
    "a download": ("post", "/o/acme/settings/privacy/export/", {}),
    "the frames of the workspace": ("post", "/o/acme/frames/", {}),
    "one's sessions": ("get", "/account/sessions/", {}),
    "one's password": ("get", "/password/change/", {}),
    "signs of life": ("post", "/account/active/", {}),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_is_a_side_door(client, sign_in, olive, ada, door):
    standing(olive)
    sign_in(client, ada)
    method, path, headers = DOORS[door]

    answer = getattr(client, method)(path, headers=headers, **AT_HOME)

    assert answer.status_code == 403


def test_a_part_of_a_page_that_is_refused_loads_the_page_anew(client, sign_in, olive, ada):
    standing(olive)
    sign_in(client, ada)

    assert client.get(SETTINGS, headers={"HX-Request": "true"}, **AT_HOME)["HX-Refresh"] == "true"


def test_what_belongs_to_no_organisation_is_still_reached_and_so_is_another_organisation(
    client, sign_in, olive, ada, mallory
):
    standing(olive)
    sign_in(client, ada)
    other = sign_in(Client(), mallory)

    assert client.get("/organisations/?all", **AT_HOME).status_code == 200
    assert client.post("/sign-out/", **AT_HOME).status_code == 302
    assert other.get("/o/globex/settings/", **AT_HOME).status_code == 200


def test_a_new_password_by_mail_does_not_lead_past_the_rule(client, sign_in, olive, ada):
    standing(olive)
    ada.user.set_password("another nine otters")
    ada.user.save()
    sign_in(client, ada)

    assert client.get(SETTINGS, **AT_HOME).status_code == 403


def test_a_refusal_is_written_down_once_and_not_with_each_request(client, sign_in, olive, ada, acme):
    standing(olive)
    sign_in(client, ada)
    for _ in range(3):
        client.get(SETTINGS, **AT_HOME)

    [entry] = trail(acme, "member.turned_away")

    assert (entry.actor_id, entry.facts) == (ada.id, {"reason": "address"})


@pytest.mark.django_db(transaction=True)
async def test_a_socket_is_refused_from_elsewhere_and_an_open_one_closes_when_the_rule_comes(olive, ada, sign_in):
    client = await sync_to_async(sign_in)(Client(), ada)
    key = client.cookies[configured.SESSION_COOKIE_NAME].value
    now = clock.now().timestamp()
    admitted = await admit(key, "acme", HOME, now=now)

    await sync_to_async(trying)(olive)

    assert await admit_again(admitted, now=now) is None
    with pytest.raises(RefusedError) as refused:
        await admit(key, "acme", HOME, now=now)
    assert refused.value.refusal == Refusal.ADDRESS
    at_work = await admit(key, "acme", OFFICE, now=now)
    assert at_work.until == pytest.approx(now + 15 * 60, abs=5)
    # When the trial is over, the rule keeps nobody out, and the socket looks no sooner than it has to.
    assert (await admit(key, "acme", HOME, now=at_work.until)).until > at_work.until


# Tried before it stands ---------------------------------------------------------------------------------------------


def test_a_change_that_nobody_confirms_is_taken_back_by_itself(client, sign_in, olive, ada, acme):
    trying(olive)
    sign_in(client, ada)
    assert client.get(SETTINGS, **AT_HOME).status_code == 403

    with later(minutes=15):
        assert client.get(SETTINGS, **AT_HOME).status_code == 200
        with tenant_scope(acme):
            assert places.end_lapsed(now=clock.now())
            assert not places.end_lapsed(now=clock.now())

    [entry] = trail(acme, "address_rule.reverted")
    assert (entry.actor_kind, entry.facts) == ("system", {"networks": 1})


def test_what_stood_before_a_trial_holds_again_after_it(client, sign_in, olive, ada):
    standing(olive)
    trying(olive, rule(("192.0.2.0/24", "")))
    sign_in(client, ada)
    assert client.get(SETTINGS, **AT_WORK).status_code == 403

    with later(minutes=15):
        assert client.get(SETTINGS, **AT_WORK).status_code == 200
        assert client.get(SETTINGS, **AT_HOME).status_code == 403


def test_confirmed_from_one_of_its_networks_it_stands(client, sign_in, olive, acme):
    trying(olive)
    sign_in(client, olive)
    assert b"Confirm the address rule, or it ends" in client.get(SETTINGS, **AT_WORK).content

    client.post(f"{PAGE}confirm/", **AT_WORK)

    with later(hours=1):
        assert client.get(SETTINGS, **AT_WORK).status_code == 200
        assert client.get(SETTINGS, **AT_HOME).status_code == 403
    assert len(trail(acme, "address_rule.tried")) == len(trail(acme, "address_rule.confirmed")) == 1


def test_it_is_not_confirmed_from_elsewhere_nor_when_its_time_is_over(olive):
    trying(olive)

    with tenant_scope(olive.tenant):
        with pytest.raises(NotFromHereError):
            places.confirm(actor=olive, address=HOME, now=clock.now())
        with pytest.raises(NoTrialError):
            places.confirm(actor=olive, address=OFFICE, now=clock.now() + places.TRIAL)


def test_it_can_be_taken_back_at_once(client, sign_in, olive, ada):
    trying(olive)
    sign_in(client, olive).post(f"{PAGE}take-back/", **AT_WORK)

    assert sign_in(Client(), ada).get(SETTINGS, **AT_HOME).status_code == 200


def test_switched_off_it_is_off_at_once(client, sign_in, olive, ada, acme):
    standing(olive)
    sign_in(client, olive)

    client.post(PAGE, posted(("203.0.113.0/24", "Office")), **AT_WORK)

    assert sign_in(Client(), ada).get(SETTINGS, **AT_HOME).status_code == 200
    assert len(trail(acme, "address_rule.switched_off")) == 1
    assert b"203.0.113.0/24" in client.get(PAGE).content


@pytest.mark.parametrize(
    "wanted",
    [
        Proposal(True, frozenset(Role), (), ()),
        Proposal(True, frozenset(), (("203.0.113.0/24", ""),), ("",)),
        Proposal(True, frozenset(Role), (("203.0.113.0/24", Role.OWNER),), ("",)),
    ],
)
def test_a_rule_that_would_lock_out_a_whole_role_is_not_switched_on(olive, wanted):
    with pytest.raises(EmptyRuleError):
        trying(olive, wanted)


def test_the_database_takes_no_empty_rule_that_is_on(olive):
    trying(olive)

    for change in ({"networks": [], "labels": []}, {"roles": []}, {"labels": []}, {"until": None}):
        with tenant_scope(olive.tenant), pytest.raises(DatabaseError), transaction.atomic():
            AddressRule.objects.update(**change)


def test_only_owners_change_it_and_never_with_a_card_number_in_a_name_or_too_many_lines(olive, sam):
    with pytest.raises(NotPermittedError):
        trying(sam)
    with pytest.raises(HoldsSensitiveDataError):
        trying(olive, Proposal(True, frozenset(Role), (("203.0.113.0/24", ""),), ("4111 1111 1111 1111",)))
    with pytest.raises(TooManyNetworksError):
        trying(olive, rule(*((f"203.0.{n}.0/24", "") for n in range(51))))


def test_the_page_says_which_line_is_wrong_and_keeps_what_was_typed(client, sign_in, olive):
    sign_in(client, olive)

    page = client.post(PAGE, posted(("203.0.113.0/24", "Office"), ("0.0.0.0/0", "All"), is_on="on"), **AT_WORK)

    assert page.status_code == 422
    assert "half the internet" in str(page.context["lines"].errors[1])
    assert b"0.0.0.0/0" in page.content
    with tenant_scope(olive.tenant):
        assert not AddressRule.objects.exists()


def test_the_page_tries_what_its_owner_means_and_shows_it_again(client, sign_in, olive, acme):
    sign_in(client, olive)

    saved = client.post(PAGE, posted(("203.0.113.7/24", "Office"), ("", ""), is_on="on"), **AT_WORK)

    assert saved.url == PAGE
    with tenant_scope(acme):
        made = AddressRule.objects.get()
    assert (made.state, made.networks, made.labels) == ("trial", [["203.0.113.0/24", ""]], ["Office"])
    assert b"On trial until" in client.get(PAGE, **AT_WORK).content


# Rehearsed ----------------------------------------------------------------------------------------------------------


def test_a_rehearsal_names_whom_it_would_have_locked_out_by_where_they_were(olive, ada, sam, acme):
    now = clock.now()
    for user, address in ((ada.user, HOME), (sam.user, HOME), (sam.user, OFFICE)):
        SeenAddress.objects.create(user=user, address=address, seen_at=now)
    SeenAddress.objects.create(user=olive.user, address=HOME, seen_at=now - timedelta(hours=25))

    with tenant_scope(acme):
        found = rehearse(rule().ruling(), olive, HOME, now=now)

    assert (found.count, found.members) == (2, 3)
    assert (found.locked_out, found.at_times, found.unseen) == (("Ada",), ("Sam",), ("Olive",))
    assert not found.you_may_be_here


def test_whoever_would_lock_themselves_out_is_asked_again(client, sign_in, olive, acme):
    sign_in(client, olive)
    asked = posted(("203.0.113.0/24", "Office"), is_on="on")

    page = client.post(PAGE, asked, **AT_HOME)
    with tenant_scope(acme):
        assert not AddressRule.objects.exists()
    tried = client.post(PAGE, {**asked, "step": "anyway"}, **AT_HOME)

    assert b"It would lock you out yourself" in page.content
    assert tried.status_code == 302
    assert client.get(SETTINGS, **AT_HOME).status_code == 403


def test_a_look_changes_nothing_and_shows_no_address_of_anybody(client, sign_in, olive, ada, acme):
    SeenAddress.objects.create(user=ada.user, address="192.0.2.77", seen_at=clock.now())
    sign_in(client, olive)

    page = client.post(PAGE, posted(("203.0.113.0/24", "Office"), is_on="on", step="look"), **AT_WORK)

    assert page.status_code == 200
    assert b"locked out 2 of 2" in page.content or b"locked out 1 of 2" in page.content
    assert b"192.0.2.77" not in page.content
    with tenant_scope(acme):
        assert not AddressRule.objects.exists()


def test_where_people_are_active_is_kept_for_a_day(client, sign_in, ada):
    sign_in(client, ada)
    with later(minutes=1):
        client.get(SETTINGS, **AT_HOME)
    assert set(SeenAddress.objects.values_list("address", flat=True)) == {"127.0.0.1", HOME}

    sessions.forget_addresses(now=clock.now() + timedelta(hours=25))

    assert not SeenAddress.objects.exists()


# Broken glass -------------------------------------------------------------------------------------------------------


def codes_of(owner):
    with tenant_scope(owner.tenant):
        return make_codes(actor=owner, now=clock.now())


def test_an_owner_breaks_the_glass_for_an_hour_and_all_owners_are_told(
    client, sign_in, olive, acme, django_capture_on_commit_callbacks
):
    code, *_ = codes_of(olive)
    standing(olive)
    sign_in(client, olive)
    assert b"You have a break-glass code?" in client.get(SETTINGS, **AT_HOME).content

    with django_capture_on_commit_callbacks(execute=True):
        let_in = client.post(GLASS, {"code": code.lower().replace("-", " ")}, **AT_HOME)

    assert let_in.url == PAGE
    assert client.get(SETTINGS, **AT_HOME).status_code == 200
    assert client.get("/account/sessions/", **AT_HOME).status_code == 200
    assert sign_in(Client(), olive).get(SETTINGS, **AT_HOME).status_code == 403  # another session of hers
    with later(hours=1):
        assert client.get(SETTINGS, **AT_HOME).status_code == 403
    assert [one.to for one in mail.outbox if one.subject == "A break-glass code was used"] == [[olive.user.email]]
    assert trail(acme, "break_glass.used")[0].facts == {"codes_left": 4}


def test_a_broken_glass_confirms_nothing(client, sign_in, olive):
    code, *_ = codes_of(olive)
    trying(olive)
    sign_in(client, olive).post(GLASS, {"code": code}, **AT_HOME)

    client.post(f"{PAGE}confirm/", **AT_HOME)

    with tenant_scope(olive.tenant):
        assert AddressRule.objects.get().state == "trial"


def test_a_code_works_once_for_an_owner_of_its_organisation_and_is_guessed_five_times_at_most(
    client, sign_in, olive, sam, mallory
):
    code, *_ = codes_of(olive)
    standing(olive)
    assert sign_in(Client(), sam).post(GLASS, {"code": code}, **AT_HOME).status_code == 403
    assert sign_in(Client(), mallory).post(GLASS, {"code": code}, **AT_HOME).status_code == 404
    sign_in(client, olive)
    with tenant_scope(olive.tenant):
        break_glass(code=code, actor=olive, session_id=StaffSession.objects.latest("id").id, now=clock.now())
        with pytest.raises(WrongBreakGlassCodeError):
            break_glass(code=code, actor=olive, session_id=olive.id, now=clock.now())
        assert codes_left() == 4
    other = sign_in(Client(), olive)

    answers = [other.post(GLASS, {"code": "0" * 24}, **AT_HOME) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [*[422] * 5, 429]
    assert b"none of your organisation" in answers[4].content
    assert b"That was too often" in answers[5].content


def test_new_codes_take_the_place_of_the_old_and_are_shown_once(client, sign_in, olive):
    old, *_ = codes_of(olive)
    sign_in(client, olive)

    page = client.post(f"{PAGE}codes/")

    assert len(set(page.context["codes"])) == 5
    assert page.context["codes"][0].encode() not in client.get(PAGE).content
    with tenant_scope(olive.tenant), pytest.raises(WrongBreakGlassCodeError):
        break_glass(code=old, actor=olive, session_id=olive.id, now=clock.now())


def test_without_valkey_no_code_is_taken(client, sign_in, olive, monkeypatch):
    import redis

    code, *_ = codes_of(olive)
    standing(olive)
    sign_in(client, olive)

    def away(*_, **__):
        raise redis.ConnectionError

    monkeypatch.setattr(Limit, "wait_s", away)
    client.raise_request_exception = False

    assert client.post(GLASS, {"code": code}, **AT_HOME).status_code >= 500
    assert client.get(SETTINGS, **AT_HOME).status_code == 403


# Operators ----------------------------------------------------------------------------------------------------------


def test_operators_come_from_the_networks_that_are_named(client, sign_in, oscar, settings):
    settings.OPERATOR_ADDRESSES = ["203.0.113.0/24"]
    sign_in(client, oscar)

    assert client.get("/admin/", **AT_WORK).status_code == 200
    led = client.get("/admin/", headers={"X-Forwarded-For": OFFICE}, **AT_HOME)
    refused = client.get(led.url, **AT_HOME)

    assert led.status_code == 302
    assert (refused.status_code, HOME.encode() in refused.content) == (403, True)
    assert client.get(reverse("accounts:sessions"), **AT_HOME).status_code == 403
