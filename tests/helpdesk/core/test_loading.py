import gc

import pytest

from helpdesk.core.loading import loading


@pytest.fixture(autouse=True)
def _looked_through_again():
    yield
    gc.unfreeze()
    gc.enable()


def test_what_is_loaded_is_not_looked_through_while_it_is_loaded_nor_later():
    with loading():
        assert not gc.isenabled()
        kept = [[] for _ in range(10)]
    assert gc.isenabled()
    assert not {id(each) for each in kept} & {id(each) for each in gc.get_objects()}


def test_what_loads_a_part_leaves_it_to_what_loads_the_whole():
    with loading():
        with loading():
            pass
        assert not gc.isenabled()


def test_a_failed_load_does_not_leave_the_garbage_lying():
    with pytest.raises(LookupError), loading():
        raise LookupError
    assert gc.isenabled()
