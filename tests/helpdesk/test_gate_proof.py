"""The proof of the staff gate: its measures in their short form, and that a figure nobody measured is no pass."""

import pytest

from tests.proofs.gate.bounds import BOUNDS, unmet
from tests.proofs.gate.main import holds, measures, taken
from tests.proofs.gate.stage import Stage

GOOD = {
    "attempts_to_lock": 6, "revocation_p99_s": 1.2, "idle_lock_late_s": 0.4, "copied_cookie_accepted": 0,
    "matrix_cells": 900, "matrix_wrong": 0, "overhead_request_ms": 0.2, "overhead_frame_us": 3.0,
}  # fmt: skip
SHORT = [name for name, module in measures().items() if getattr(module, "IN_SUITE", True)]


def test_a_figure_that_is_missing_or_too_large_is_said():
    assert unmet(GOOD) == []
    assert unmet({**GOOD, "attempts_to_lock": 7}) == ["attempts_to_lock: 7, not at most 6"]
    assert unmet({key: value for key, value in GOOD.items() if key != "matrix_cells"}) == ["matrix_cells: not measured"]
    assert GOOD.keys() == BOUNDS.keys()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", SHORT)
def test_a_measure_holds_in_its_short_form(name, tmp_path, server):
    """On the run's server: each works on organisations of its own."""
    module = measures([name])[name]

    figures = taken(name, module, Stage(is_short=True, folder=tmp_path, server=server))

    if getattr(module, "IS_TIMED", False):
        assert all(isinstance(figures[key], float) for key in module.KEYS)
    else:
        assert [fault for fault in unmet({**GOOD, **figures}) if fault.partition(":")[0] in module.KEYS] == []
    assert holds(module, figures)
