"""The table of deadlines: what runs for which rules, from when, and by which clause."""

from datetime import UTC, datetime, timedelta

import pytest

from compliance.breach.regimes import DECIDE, LAWS, OTHER_STATE_DAYS, REGIMES, STATES, Risk, following

KNOWN = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def due(law, risk=Risk.HIGH, people=1):
    return {one.key: one.due(KNOWN) - KNOWN for one in following([law], risk, people)}


@pytest.mark.parametrize("law", ["gdpr", "uk"])
def test_the_authority_is_told_within_72_hours_unless_nobody_comes_to_harm(law):
    assert due(law)[f"{law}_authority"] == timedelta(hours=72)
    assert set(due(law, Risk.REAL)) == {f"{law}_authority"}
    assert due(law, Risk.LOW) == {}


@pytest.mark.parametrize(("people", "keys"), [
    (499, {"hipaa_people", "hipaa_hhs_year"}),
    (500, {"hipaa_people", "hipaa_hhs"}),
    (501, {"hipaa_people", "hipaa_hhs", "hipaa_media"}),
])  # fmt: skip
def test_hipaa_asks_for_more_from_500_people_on(people, keys):
    found = due("hipaa", Risk.LOW, people)

    assert set(found) == keys
    assert {found[key] for key in keys - {"hipaa_hhs_year"}} == {timedelta(days=60)}


def test_fewer_are_listed_within_sixty_days_of_the_years_end():
    assert REGIMES["hipaa_hhs_year"].due(KNOWN) == datetime(2027, 3, 2, tzinfo=UTC)
    assert REGIMES["hipaa_hhs_year"].due(KNOWN.replace(year=2027)) == datetime(2028, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("law", ["pipeda", "quebec"])
def test_canada_asks_for_office_and_people_where_harm_is_real(law):
    assert set(due(law, Risk.REAL)) == {f"{law}_office", f"{law}_people"}
    assert due(law, Risk.LOW) == {}
    assert not any(one.is_firm for one in REGIMES.values() if one.law == law)


def test_brands_and_acquirer_are_told_at_once():
    assert due("pci", Risk.LOW) == {"pci_brands": timedelta(hours=24)}


@pytest.mark.parametrize("code", STATES)
def test_a_state_has_the_days_of_its_statute(code):
    assert due(f"us_{code}", Risk.LOW) == {f"us_{code}": timedelta(days=STATES[code][1])}


def test_another_state_has_the_shortest_span_that_any_has():
    assert due("us_other", Risk.LOW) == {"us_other": timedelta(days=OTHER_STATE_DAYS)}
    assert min(days for _, days, _ in STATES.values()) == OTHER_STATE_DAYS


def test_every_rule_leads_to_a_deadline_with_its_clause():
    assert {one.law for one in REGIMES.values()} - {""} == LAWS.keys()
    assert all(one.clause for one in REGIMES.values())
    assert max(len(key) for key in REGIMES) <= 24
    assert following(LAWS, Risk.HIGH, 1000) != []
    assert DECIDE not in {one.key for one in following(LAWS, Risk.HIGH, 1000)}
