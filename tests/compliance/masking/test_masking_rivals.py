"""The bench's rivals: what is counted, and that one which cannot run is said not to have."""

import sys

import pytest

from compliance.masking import VISITOR, Utterance
from tests.bench import rivals
from tests.bench.corpus import Case, Span
from tests.bench.masking import _covered

TOLD = Case((Utterance(VISITOR, "cvv 123"),), (Span(0, 4, 7, "CVV"),))
CLEAN = Case((Utterance(VISITOR, "order 123"),), ())


def test_what_a_rival_covers_and_touches_is_counted():
    answers = {"version": "1.0", "messages_per_s": 7, "found": [[[0, 4, 7]], [[0, 6, 9]]]}

    figures = rivals._figures([TOLD, CLEAN], answers, _covered)

    assert figures["recall"] == 1.0
    assert figures["wrong"] == 1.0


def test_a_rival_that_fails_is_said_not_to_have_run_and_no_address_is_told():
    with pytest.raises(rivals.NotRunError) as failure:
        rivals._run(
            [sys.executable, "-c", "import sys; sys.exit('no such thing at https://packages.example/x')"], "", 60
        )

    assert str(failure.value) == "exit 1: no such thing at …"
