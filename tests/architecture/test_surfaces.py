"""Whatever takes text is driven by `prove canaries`: an input that nobody registered is red."""

import pytest

from compliance.surfaces import SURFACES
from tests.proofs.canaries import drivers
from tests.proofs.canaries.mutants import mutants
from tests.proofs.canaries.registry import DRIVERS, NO_TEXT, NOT_YET, inputs, unregistered
from tests.proofs.canaries.sinks import found_in
from tests.proofs.canaries.values import BRANDS, Book, Maker

assert drivers


def test_every_input_that_takes_text_is_driven_or_says_that_it_takes_none():
    assert unregistered() == []
    assert len(inputs()) > 60
    assert {"frame:text", "frame:answers.value", "subject", "canned"} <= inputs()


def test_a_new_input_would_be_seen():
    assert unregistered({"subject", "new_form", "frame:nickname"}) == ["frame:nickname", "new_form"]


def test_nothing_is_said_of_an_input_that_is_not_there():
    driven = {one for driver in DRIVERS.values() for one in driver.inputs}

    assert (driven | NO_TEXT.keys()) - inputs() == set()


def test_every_surface_of_the_product_has_a_driver_and_a_mutant():
    reached = {name for driver in DRIVERS.values() for name in driver.masked_by}

    assert reached | NOT_YET.keys() == SURFACES.keys()
    assert len(mutants()) >= len(reached) + 5


@pytest.mark.parametrize("encode", [
    str.encode, lambda text: text.encode("utf-16le"), lambda text: text.encode().hex().encode(),
    lambda text: __import__("base64").b64encode(b"x" + text.encode()),
])  # fmt: skip
def test_a_value_is_found_however_it_lies_in_bytes(encode):
    book = Book()
    canary = book.add(Maker().cards(1))[0]

    assert found_in(b"\0\1before " + encode(f"xx {canary.text} yy") + b" after", book)
    assert found_in(encode(f"xxxx {canary.digits} yyyy"), Book(pans={canary.digits}))
    assert not found_in(encode("xx zqbbbbbbbb 4000000000000000 yy"), book)


def test_values_are_of_every_kind_and_each_is_seen_where_it_is_shown():
    book = Book()
    canaries = book.add(Maker().make(800))

    assert len({one.text for one in canaries}) == 800
    assert {brand for brand, _ in BRANDS} <= {
        prefix for one in canaries for prefix in (one.digits[:n] for n in range(7))
    }
    assert all(book.hits_in(one.text) for one in canaries)
