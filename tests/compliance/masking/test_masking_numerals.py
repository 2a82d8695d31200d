"""Numbers in words, in seven languages, read as digits with the way back."""

import pytest

from compliance.masking.fold import fold
from compliance.masking.spelled import spelled_view


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("four one double one", "4111"),
        ("cvv four hundred and fifty-six, ok", "cvv 456, ok"),
        ("forty one eleven eleven", "411111"),
        ("quarante douze quatre-vingt-huit", "401288"),
        ("cuarenta y dos ochenta y ocho", "4288"),
        ("vierzig zwölf achtundachtzig", "401288"),
        ("cvc vierhundertsechsundfünfzig", "cvc 456"),
        ("cvv quattrocentocinquantasei", "cvv 456"),
        ("tweeëntachtig achtentachtig", "8288"),
        ("oitenta e oito oitenta e um", "8881"),
        ("fourone11 1111", "4111 1111"),
        ("536 dash 90 dash 4399", "536-90-4399"),
        ("413 then 62 then 8890", "413 62 8890"),
        ("six one seven, five five five", "617 555"),
    ],
)
def test_what_is_said_reads_as_digits(said, read):
    view = spelled_view(fold(said))

    assert view is not None
    assert view.text == read


@pytest.mark.parametrize(
    "text", ["one of the two best", "due 15.01.2026 at 21:53", "I have 2 one bedroom flats", "once"]
)
def test_everyday_words_are_left_alone(text):
    assert spelled_view(fold(text)) is None


def test_a_number_of_several_words_maps_back_to_all_of_them():
    said = "cvv four hundred fifty six ok"
    view = spelled_view(fold(said))

    assert view is not None
    start = view.text.index("456")
    assert said[slice(*view.original(start, start + 3))] == "four hundred fifty six"
