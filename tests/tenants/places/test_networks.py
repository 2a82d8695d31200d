"""Networks are kept in one form, and a rule is judged by them alone."""

import pytest

from tenants.places.networks import BadNetworkError, is_within, normal_network
from tenants.places.rule import AddressRuling, in_force, trial_until

OFFICE = AddressRuling(True, frozenset({"agent", "owner"}), (("203.0.113.0/24", ""), ("2001:db8::/32", "owner")))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        (" 203.0.113.7/24 ", "203.0.113.0/24"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
        ("2001:DB8:0::1", "2001:db8::1/128"),
        ("2001:db8:12::/48", "2001:db8:12::/48"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        ("10.0.0.0/8", "10.0.0.0/8"),
    ],
)
def test_a_network_is_kept_in_one_form(typed, kept):
    assert normal_network(typed) == kept
    assert normal_network(kept) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "office", "0.0.0.0/0", "203.0.0.0/7", "::/0", "2001::/19", "203.0.113.300", "203.0.113.0/33", "fe80::1%eth0",
     "203.0.113.0-203.0.113.9", "203.0.113.7, 203.0.113.8", "010.1.1.1", "\uff11.1.1.1", "::ffff:0:0/96", "1" * 400],
)  # fmt: skip
def test_what_is_no_place_is_refused(typed):
    with pytest.raises(BadNetworkError):
        normal_network(typed)


@pytest.mark.parametrize(
    ("role", "address", "may"),
    [
        ("agent", "203.0.113.9", True),
        ("agent", "203.0.114.1", False),
        ("agent", "2001:db8::1", False),  # open to owners alone
        ("owner", "2001:db8::1", True),
        ("supervisor", "198.51.100.1", True),  # it does not hold for them
        ("agent", "0.0.0.0", False),
        ("agent", "", False),
        ("agent", "203.0.113.9, 1.1.1.1", False),
    ],
)
def test_a_rule_admits_from_its_networks_and_nobody_else(role, address, may):
    assert OFFICE.admits(role, address) is may


def test_off_it_admits_everyone():
    assert AddressRuling(False, frozenset({"agent"}), ()).admits("agent", "198.51.100.1")


def test_on_without_a_network_it_admits_nobody_rather_than_everybody():
    rule = AddressRuling(True, frozenset({"agent"}), ())

    assert not rule.admits("agent", "203.0.113.9")
    assert rule.shut_out() == ["agent"]


def test_a_role_that_no_network_is_open_to_is_named():
    rule = AddressRuling(True, frozenset({"agent", "owner"}), (("203.0.113.0/24", "owner"),))

    assert rule.shut_out() == ["agent"]
    assert OFFICE.shut_out() == []


def test_what_is_on_trial_holds_until_its_time_is_over_and_not_a_moment_longer():
    trial = AddressRuling(True, frozenset({"agent"}), (("198.51.100.0/24", ""),), until=100.0)

    for rules in ([OFFICE, trial], [trial, OFFICE]):
        assert in_force(rules, 99.9) is trial
        assert in_force(rules, 100.0) is OFFICE
    assert in_force([trial], 100.0) is None
    assert (trial_until([OFFICE, trial], 99.9), trial_until([trial], 100.0)) == (100.0, None)


def test_an_address_that_is_no_address_lies_nowhere():
    assert not is_within("<script>", "203.0.113.0/24")
    assert not is_within("2001:db8::1", "203.0.113.0/24")
