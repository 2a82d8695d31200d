"""A failing card detector lets nothing through; a failing one for personal data masks too much."""

import pytest

from compliance.masking import DetectorFailedError, MaskingPolicy, mask
from compliance.masking import engine as engine_module
from compliance.masking.birth import BirthDetector
from compliance.masking.cards import CardDetector
from compliance.masking.gate import PatternSet

DEFAULT = MaskingPolicy.named("default")
TEXT = "card 4111 1111 1111 1111, born 01/02/1990, ref 7771234, mail a@b.example"


def broken(*_):
    raise ValueError(TEXT)


def test_a_broken_card_detector_refuses_the_text_without_repeating_it(monkeypatch):
    monkeypatch.setattr(CardDetector, "find", broken)

    with pytest.raises(DetectorFailedError) as caught:
        mask(TEXT, DEFAULT)

    assert "4111" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert caught.value.detector == "card"


def test_a_broken_detector_for_personal_data_masks_long_numbers_and_addresses(monkeypatch):
    monkeypatch.setattr(BirthDetector, "find", broken)

    assert mask(TEXT, DEFAULT).text == "card [card •••• 1111], born [masked], ref [masked], mail [masked]"


def test_a_broken_engine_refuses_the_text(monkeypatch):
    monkeypatch.setattr(PatternSet, "fired", broken)

    with pytest.raises(DetectorFailedError) as caught:
        mask(TEXT, DEFAULT)

    assert caught.value.__context__ is None


def test_a_missed_deadline_refuses_the_text(monkeypatch):
    monkeypatch.setattr(engine_module, "DEADLINE_NS", -1)

    with pytest.raises(DetectorFailedError):
        mask(TEXT, DEFAULT)


def test_a_single_pause_is_forgiven(monkeypatch):
    pauses = [60_000_000]
    clock = {"ns": 0}

    def thread_time_ns():
        clock["ns"] += pauses.pop() if pauses and clock["ns"] else 1000
        return clock["ns"]

    monkeypatch.setattr(engine_module.time, "thread_time_ns", thread_time_ns)

    assert mask(TEXT, DEFAULT).text.startswith("card [card •••• 1111], born [date of birth]")


def test_other_texts_go_on_after_a_failure(monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(CardDetector, "find", broken)
        assert mask("hello", DEFAULT).text == "hello"
        with pytest.raises(DetectorFailedError):
            mask(TEXT, DEFAULT)

    assert mask(TEXT, DEFAULT).text.startswith("card [card •••• 1111]")
