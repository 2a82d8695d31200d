"""The declarative rules: well formed, in the language that all three engines share, and with real words."""

import re
from pathlib import Path

import pytest
import re2

from compliance.masking.entities import ENTITIES
from compliance.masking.lexicon import rulebook
from compliance.masking.policy import REGIONS
from compliance.masking.twin import twin_module, twin_rules

ROOT = Path(__file__).resolve().parents[3]
RULES = rulebook()["rules"]
#: Means something else in Python, RE2 or JavaScript.
DIFFERENT = re.compile(r"\\[bBwWdDAZ]|\\s(?!\\S)|\(\?P|\(\?[imsxu]+[):-]|(?<!\\)\$(?![€£\]])|\(\?>|\+\+")
FIELDS = {
    "anywhere",
    "id",
    "entity",
    "pattern",
    "any_grouping",
    "words",
    "ok",
    "bad",
    "check",
    "region",
    "digits",
    "value",
    "topic",
    "against",
    "own",
    "gate",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["id"])
def test_a_rule_is_well_formed(rule):
    assert rule.keys() <= FIELDS
    assert rule["entity"] in ENTITIES
    assert rule.get("region", "US") in REGIONS
    assert len(rule.keys() & {"pattern", "any_grouping", "value"}) == 1
    assert "check" in rule or "anywhere" not in rule
    assert all(name in rulebook()["lexicon"] for name in rule["words"])


def test_rules_have_names_of_their_own():
    assert len({rule["id"] for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("name", rulebook()["lexicon"])
def test_words_are_folded_and_mean_the_same_to_every_engine(name):
    for word in rulebook()["lexicon"][name]:
        assert word == word.lower()
        assert not DIFFERENT.search(word), word
        assert "(?" not in word.replace("(?:", "")
        re2.compile(word)
        assert not re.fullmatch(word, "")


@pytest.mark.parametrize("rule", [rule for rule in RULES if "pattern" in rule], ids=lambda rule: rule["id"])
def test_patterns_mean_the_same_to_every_engine(rule):
    assert not DIFFERENT.search(rule["pattern"])
    assert "(?" not in rule["pattern"].replace("(?:", "")


def test_the_twins_patterns_mean_the_same_to_javascript():
    for name, source in twin_rules()["patterns"].items():
        assert not DIFFERENT.search(source), name


def test_the_twins_rules_are_those_of_the_engine():
    committed = ROOT / "chat" / "static" / "chat" / "shared" / "masking-rules.js"

    assert committed.read_text(encoding="utf-8") == twin_module(), "run: python -m compliance.masking.twin"
