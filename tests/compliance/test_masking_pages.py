"""The owner's pages of masking: what they show, what they change, and who gets in."""

import logging

import pytest
from django.urls import reverse

from compliance import audit_events, masking_policies, rule_sets
from compliance.actions import masking
from compliance.masking import Level
from compliance.masking_choice import MaskingChoice
from compliance.masking_choice.words import ENTITY_WORDS, FATE_WORDS, GROUPS, REGION_WORDS
from tenants.actors import Actor
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.modes import switch_mode
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db

PAGES = ("masking", "masking_own", "masking_rule", "masking_try", "masking_history")
POSTS = {
    "masking_levels": {"based_on": "0", "level-EMAIL": "strict"},
    "masking_regions": {"based_on": "0", "regions": ["US"]},
    "masking_exempt": {"source": "^ORD-[0-9]+$"},
    "masking_unexempt": {"source": "^ORD-[0-9]+$"},
    "masking_rule": {"name": "badge", "pattern": "BDG-[0-9]{4}", "activate": "1"},
    "masking_switch_rule": {"name": "badge", "off": "1"},
    "masking_try": {"text": "4111 1111 1111 1111"},
    "masking_back": {"number": "0"},
}


def url(name, slug="acme"):
    return reverse(f"compliance:{name}", kwargs={"slug": slug})


def chosen(tenant):
    with tenant_scope(tenant):
        return masking_policies.chosen(masking_policies.latest())


@pytest.fixture
def desk(client, sign_in, olive):
    return sign_in(client, olive)


def hipaa(tenant, operator, now):
    switch_mode(tenant=tenant, mode="hipaa", on=True, reason="A clinic", actor=Actor.operator(operator), now=now)


def test_every_entity_and_country_has_its_words():
    from compliance.masking import ENTITIES
    from compliance.masking.explain import Fate
    from compliance.masking.policy import REGIONS

    assert sorted(entity for _, group in GROUPS for entity in group) == sorted(ENTITIES)
    assert set(ENTITIES) <= set(ENTITY_WORDS)
    assert set(REGION_WORDS) == set(REGIONS)
    assert set(FATE_WORDS) == set(Fate)


def test_levels_are_saved_shown_and_taken_back(desk, acme):
    saved = desk.post(url("masking_levels"), {"based_on": "0", "level-EMAIL": "strict"}, follow=True).text

    assert "Saved. It holds for the next message" in saved
    assert "E-mail addresses: off → strict" in saved
    assert chosen(acme).levels == {"EMAIL": Level.STRICT}

    back = desk.post(url("masking_back"), {"number": "0"}, follow=True).text
    assert "Went back to what Hushdesk comes with" in back
    assert chosen(acme).levels == {}


def test_a_page_that_is_out_of_date_says_so_and_changes_nothing(desk, acme):
    desk.post(url("masking_levels"), {"based_on": "0", "level-EMAIL": "strict"})

    answer = desk.post(url("masking_levels"), {"based_on": "0", "level-EMAIL": "off"})

    assert answer.status_code == 409
    assert "somebody changed this meanwhile" in answer.text
    assert chosen(acme).levels == {"EMAIL": Level.STRICT}


@pytest.mark.parametrize("level", ["off", "none"])
def test_a_level_below_the_floor_or_unknown_is_refused(desk, acme, level):
    answer = desk.post(url("masking_levels"), {"based_on": "0", "level-CARD": level})

    assert answer.status_code == 422
    assert "Not saved" in answer.text
    assert chosen(acme).levels == {}


def test_a_mode_locks_what_it_holds_and_names_its_clause(desk, acme, oscar, now):
    hipaa(acme, oscar, now)

    text = desk.get(url("masking")).text
    assert "Held by HIPAA mode (45 CFR 164.514(b)(2))" in text
    assert 'name="level-MRN" value="off" disabled' in text
    assert "All on, held by HIPAA mode" in text
    assert "At rest under HIPAA mode" in desk.get(url("masking_own")).text
    assert desk.post(url("masking_levels"), {"based_on": "0", "level-MRN": "off"}).status_code == 422
    assert desk.post(url("masking_regions"), {"based_on": "0", "regions": ["US"]}).status_code == 422


def test_countries_are_switched_off(desk, acme):
    desk.post(url("masking_regions"), {"based_on": "0", "regions": [code for code in REGION_WORDS if code != "BR"]})

    assert chosen(acme).regions_off == {"BR"}
    assert "Switched off: Brazil" in desk.get(url("masking_history")).text


def test_an_own_id_is_left_alone_until_it_is_removed(desk, acme):
    desk.post(url("masking_exempt"), {"source": "^ORD-[0-9]+$"})
    assert chosen(acme).exempt == ("^ORD-[0-9]+$",)

    desk.post(url("masking_unexempt"), {"source": "^ORD-[0-9]+$"})
    assert chosen(acme).exempt == ()


def test_an_own_id_that_could_be_a_card_is_an_error_of_its_field(desk, acme):
    answer = desk.post(url("masking_exempt"), {"source": "[0-9]{16}"})

    assert answer.status_code == 422
    assert "anchored and begin with fixed letters" in answer.text
    assert 'value="[0-9]{16}"' in answer.text


def test_a_rule_is_tried_before_it_can_be_switched_on(desk, acme):
    rule = {"name": "badge", "pattern": "BDG-[0-9]{4}", "sample": "I have BDG-1234\nHello"}

    tried = desk.post(url("masking_rule"), {**rule, "try": "1"})
    assert '<strong class="numeric">0</strong> of 120 everyday sentences' in tried.text
    assert '<mark class="hit">BDG-1234</mark>' in tried.text
    assert "Switch it on" in tried.text
    assert chosen(acme).rules == ()

    desk.post(url("masking_rule"), {**rule, "activate": "1"})
    assert [known.name for known in chosen(acme).rules] == ["badge"]


def test_a_rule_that_is_too_broad_shows_what_it_hit_and_cannot_be_switched_on(desk, acme):
    rule = {"name": "number", "pattern": "[0-9]+", "activate": "1"}

    answer = desk.post(url("masking_rule"), rule)

    assert "Too broad to be switched on" in answer.text
    assert "of 120 everyday sentences (38%); 10% is the most." in answer.text
    assert 'My order number is <mark class="hit">20418</mark>.' in answer.text
    assert "Switch it on" not in answer.text
    assert chosen(acme).rules == ()


@pytest.mark.parametrize(
    ("name", "pattern", "error"),
    [
        ("badge 7", "BDG", "Only plain letters"), ("badge", "(", "not a regular expression"),
        ("badge", "x*", "empty text"),
    ],
)  # fmt: skip
def test_a_rule_that_is_none_is_an_error_of_its_field(desk, name, pattern, error):
    answer = desk.post(url("masking_rule"), {"name": name, "pattern": pattern, "try": "1"})

    assert answer.status_code == 422
    assert error in answer.text


def test_a_rule_is_changed_switched_off_and_removed(desk, acme):
    desk.post(url("masking_rule"), POSTS["masking_rule"])

    assert 'value="BDG-[0-9]{4}"' in desk.get(url("masking_rule"), {"rule": "1"}).text
    assert 'value="BDG' not in desk.get(url("masking_rule"), {"rule": "2"}).text
    desk.post(url("masking_switch_rule"), {"name": "badge", "off": "1"})
    assert not chosen(acme).rules[0].is_on
    desk.post(url("masking_switch_rule"), {"name": "badge", "remove": "1"})
    assert chosen(acme).rules == ()


def test_over_htmx_only_the_part_comes(desk):
    part = desk.post(
        url("masking_rule"), {"name": "badge", "pattern": "BDG", "try": "1"}, headers={"HX-Request": "true"}
    )

    assert "What it matches" in part.text
    assert "<html" not in part.text


def test_a_text_is_explained_by_the_rules_in_force(desk):
    desk.post(url("masking_rule"), POSTS["masking_rule"])
    desk.post(url("masking_exempt"), {"source": "^ORD-[0-9]+$"})

    answer = desk.post(
        url("masking_try"),
        {"text": "ORD-4012888888881881, a@b.example, BDG-1234, card 4111 1111 1111 1111, order 4111 1111 1111 1112"},
    )

    for told in ("card •••• 1111", "its check digit is right", "“card”", "0.95", "0.60", "masked: badge",
                 "it has the form of an id of yours", "this kind is switched off", "16 digits; as a card"):  # fmt: skip
        assert told in answer.text, told


def test_a_question_before_the_text_counts(desk):
    alone = desk.post(url("masking_try"), {"text": "536904399"}).text
    asked = desk.post(url("masking_try"), {"text": "536904399", "before": "What is your social?"}).text

    assert "Nothing is masked" in alone
    assert "This is what is stored and shown" in asked
    assert "“social”" in asked


def test_a_tried_text_is_neither_stored_nor_logged_nor_cached(desk, acme, caplog, django_capture_on_commit_callbacks):
    caplog.set_level(logging.DEBUG)

    answer = desk.post(url("masking_try"), {"text": "my secret word is xyzzy-plugh-77"})

    assert "no-store" in answer["Cache-Control"]
    assert "xyzzy" not in caplog.text
    assert desk.get(url("masking_try"), {"text": "xyzzy"}).text.count("xyzzy") == 0
    assert all("xyzzy" not in str(value) for value in desk.session.items())


def test_markup_in_a_tried_text_stays_text(desk):
    answer = desk.post(url("masking_try"), {"text": "<script>alert(1)</script> 4111 1111 1111 1111"}).text

    assert "<script>alert" not in answer
    assert "&lt;script&gt;" in answer


def test_an_empty_or_huge_text_is_an_error_of_its_field(desk):
    assert desk.post(url("masking_try"), {"text": ""}).status_code == 422
    assert desk.post(url("masking_try"), {"text": "1" * 8193}).status_code == 422
    assert desk.post(url("masking_try"), {"text": "1 " * 4096}).status_code == 200


def test_the_history_tells_who_changed_what(desk, acme, oscar, now):
    desk.post(url("masking_rule"), POSTS["masking_rule"])
    masking.set_levels(tenant=acme, levels={"SSN": Level.OFF}, actor=Actor.operator(oscar), now=now)

    text = desk.get(url("masking_history")).text
    for told in ("Revision 1 · Olive", "Rule “badge” added", "Revision 2 · Hushdesk operator",
                 "Social security numbers: balanced → off", "In force"):  # fmt: skip
        assert told in text


def test_before_anything_was_changed_the_history_says_so(desk):
    assert "Nothing was changed yet" in desk.get(url("masking_history")).text
    assert desk.post(url("masking_back"), {"number": "9"}).status_code == 404


def answers(browser):
    """The status of each page and each form."""
    return {browser.get(url(name)).status_code for name in PAGES} | {
        browser.post(url(name), body).status_code for name, body in POSTS.items()
    }


def test_neither_an_agent_nor_a_supervisor_gets_in(client, sign_in, ada, sam, acme):
    for member in (ada, sam):
        assert answers(sign_in(client, member)) == {403}
    assert chosen(acme) == MaskingChoice()


def test_for_mallory_there_is_no_such_page(client, sign_in, mallory, acme):
    assert answers(sign_in(client, mallory)) == {404}
    assert chosen(acme) == MaskingChoice()


def test_a_compliance_officer_decides_too(client, sign_in, acme, trail, now):
    officer = make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)
    sign_in(client, officer).post(url("masking_levels"), POSTS["masking_levels"])

    (entry,) = trail(acme, audit_events.MASKING_CHANGED)
    assert entry.actor_id == officer.id
    rule_sets.forget()
    assert rule_sets.current(acme).policy.is_on("EMAIL")


@pytest.mark.django_db(transaction=True)  # the operators' role sees what is committed
def test_the_operator_sees_that_and_when_but_no_pattern(client, sign_in, oscar, desk, acme):
    desk.post(url("masking_rule"), {"name": "badge", "pattern": "BDG-[0-9]{4}", "activate": "1"})
    desk.post(url("masking_exempt"), {"source": "^ORD-[0-9]+$"})
    browser = sign_in(client, oscar)

    listed = browser.get("/admin/compliance/maskingrevision/?organisation=acme")
    with tenant_scope(acme):
        revision = masking_policies.latest()
    detail = browser.get(
        f"/admin/compliance/maskingrevision/{revision.id}/change/?_changelist_filters=organisation%3Dacme"
    )

    assert (listed.status_code, detail.status_code) == (200, 200)
    for answer in (listed, detail):
        assert "BDG" not in answer.text
        assert "ORD-" not in answer.text
    assert "Exempt patterns" in detail.text
