"""The measure of `prove forms` on consent: no entry takes a message without a receipt, and none goes unprobed."""

from types import SimpleNamespace

import pytest

from chat.delivery import statement
from tests.proofs.forms.measures import consent

SHORT = SimpleNamespace(is_short=True)


@pytest.mark.django_db(transaction=True)
def test_no_way_in_takes_a_message_without_the_receipt_that_is_needed():
    figures = consent.measure(SHORT)

    assert consent.holds(figures), figures
    assert figures["unconsented_tries"] >= 19


@pytest.mark.django_db(transaction=True)
def test_the_measure_sees_a_way_in_that_does_not_ask(monkeypatch):
    monkeypatch.setattr(statement, "_accepts", lambda _: None)
    monkeypatch.setattr(consent, "BESIDE", {})
    monkeypatch.setattr(consent, "PROBES", {"chat.views.fallback:_post": consent.PROBES["chat.views.fallback:_post"]})
    monkeypatch.setattr(consent, "entries", lambda: {"chat.views.fallback:_post"})

    figures = consent.measure(SHORT)

    assert figures["unconsented_accepted"] == figures["unconsented_tries"]
    assert not consent.holds(figures)


def test_an_entry_that_nobody_probes_is_red(monkeypatch):
    known = consent.entries()
    monkeypatch.setattr(consent, "entries", lambda: {*known, "chat.views.new:_post"})

    with pytest.raises(AssertionError, match=r"nobody probes: \['chat.views.new:_post'\]"):
        consent.measure(SHORT)
