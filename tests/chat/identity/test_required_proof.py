"""The measure of `prove forms` on identity: where it is asked, no entry takes a message of somebody unknown."""

from types import SimpleNamespace

import pytest

from chat.delivery import statement
from tests.proofs.forms.measures import vouched

SHORT = SimpleNamespace(is_short=True)


@pytest.mark.django_db(transaction=True)
def test_no_way_in_takes_a_message_of_somebody_unknown_where_they_must_be_known():
    figures = vouched.measure(SHORT)

    assert vouched.holds(figures), figures
    assert figures["unsigned_tries"] == 2 * len(vouched.PROBES)


@pytest.mark.django_db(transaction=True)
def test_the_measure_sees_a_way_in_that_does_not_look(monkeypatch):
    monkeypatch.setattr(statement, "_signed_only", lambda _: False)
    only = {"chat.views.fallback:_post": vouched.PROBES["chat.views.fallback:_post"]}
    monkeypatch.setattr(vouched, "PROBES", only)
    monkeypatch.setattr(vouched, "entries", lambda: set(only))

    figures = vouched.measure(SHORT)

    assert figures["unsigned_accepted"] == figures["unsigned_tries"] == 2
    assert not vouched.holds(figures)
