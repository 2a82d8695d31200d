"""The rules of a new password: pure, and the same in the page's script."""

import json
import secrets
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.models.user import normal_password
from tenants.passwords.folding import words_of
from tenants.passwords.rules import Rules, unmet
from tenants.passwords.stolen import Bloom, core_of, is_stolen, known

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
NAMED = words_of("Olive Miller", "olive.miller@acme-outdoor.example", "Acme Outdoor", "hushdesk")


def codes(password, *, words=NAMED, **rules):
    return [rule.code for rule in unmet(normal_password(password), Rules(**rules), words)]


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("seven quiet otters", []),
        ("seven quiet", ["too_short"]),
        ("x" * 129, ["too_long"]),
        ("aaaaaaaaaaaa", ["predictable"]),
        ("passwordpassword", ["predictable"]),
        ("abcdef123456", ["predictable"]),
        ("qwertyuiopas", ["predictable"]),
        ("730184629513", ["predictable"]),
        ("olive trees grow", ["names"]),
        ("0l1v3 trees grow", ["names"]),
        ("evilo trees grow", ["names"]),
        ("o.l.i.v.e trees", ["names"]),
        ("ÖLÍVÉ trees grow", ["names"]),
        ("acmeoutdoor 77!", ["names"]),
        ("hushdesk2026!", ["names"]),
        ("liver and onions", []),
    ],
)
def test_a_password_is_held_to_the_rules(password, found):
    assert codes(password) == found


def test_a_short_name_counts_only_where_it_stands_alone():
    words = words_of("Ada Li", "ada@co.example")

    assert codes("adapter cables 9", words=words) == []
    assert codes("cable-4d4-cables", words=words) == ["names"]


def test_composition_is_asked_for_only_where_the_rules_say_so():
    assert codes("seven quiet otters") == []
    assert codes("seven quiet otters", needs_letter_and_digit=True) == ["composition"]
    assert codes("7 quiet otters", needs_letter_and_digit=True) == []


def test_the_unmet_rule_is_named_with_what_is_missing():
    (rule,) = unmet("seven", Rules(length=12))

    assert rule.text == "At least 12 characters; 7 more."


def test_letters_made_in_several_ways_are_one_password():
    assert normal_password("cafe\u0301 \ufb01fty") == normal_password("caf\u00e9 fifty")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: ascii(vector["password"])[:30])
def test_the_vectors_shared_with_the_browser_hold(vector):
    rules = Rules(length=vector["length"], needs_letter_and_digit=vector["letterAndDigit"])

    found = unmet(normal_password(vector["password"]), rules, words_of(*vector["named"]))

    assert [[rule.code, rule.text] for rule in found] == vector["unmet"]


@settings(deadline=None)
@given(st.text(max_size=140), st.text(max_size=30))
def test_every_text_is_judged_without_a_fault(password, name):
    for rule in unmet(normal_password(password), Rules(), words_of(name)):
        assert rule.text


@pytest.mark.parametrize(
    "password",
    ["password2026!", "Passw0rd!!!", "!!dragon!!", "iloveyou1234", "1q2w3e4r5t6y", "ashley2024", "Michelle!23"],
)  # fmt: skip
def test_stolen_passwords_and_those_with_a_little_around_them_are_known(password):
    assert is_stolen(password)


@pytest.mark.parametrize("password", ["seven quiet otters", "nine paper umbrellas", "quiet-harbour-lamp-73"])
def test_good_ones_are_not_taken_for_stolen(password):
    assert not is_stolen(password)


def test_the_list_is_large_compact_and_rarely_wrong():
    strangers = [secrets.token_urlsafe(15) for _ in range(5_000)]

    wrong = sum(each in known() for each in strangers)

    assert known().entries > 1_000_000
    assert len(known().data) < 2_500_000
    # 5 are expected; 40 would be a chance of one in 10**20.
    assert wrong < 40


def test_what_is_put_around_is_taken_off_only_if_it_is_little():
    assert core_of("dragon2024!!") == "dragon"
    assert core_of("dragon4921-7731") is None
    assert core_of("ab12") is None


@settings(deadline=None, max_examples=30)
@given(st.sets(st.text(min_size=1, max_size=20), min_size=1, max_size=50))
def test_a_filter_knows_every_member_and_is_read_back_the_same(tmp_path_factory, members):
    made = Bloom.of(members, count=len(members), bits_each=14.4, probes=10)
    file = tmp_path_factory.getbasetemp() / "some.bloom"
    made.write(file)

    read = Bloom.read(file)

    assert all(member in read for member in members)
    assert (read.bits, read.probes, bytes(read.data)) == (made.bits, made.probes, bytes(made.data))


def test_a_damaged_file_is_refused(tmp_path):
    file = tmp_path / "some.bloom"
    Bloom.of(["a"], count=100, bits_each=14.4, probes=10).write(file)
    file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(ValueError, match="damaged"):
        Bloom.read(file)
