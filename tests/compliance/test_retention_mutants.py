"""The proof of retention takes safeguards out of the product: each of them is where it looks for it."""

import pytest

from tests.proofs.retention.measures.mutants import MUTANTS


@pytest.mark.parametrize("name", MUTANTS)
def test_what_is_taken_out_is_there(name):
    with MUTANTS[name]():
        pass
