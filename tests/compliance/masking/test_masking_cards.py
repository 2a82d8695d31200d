# ruff: noqa: RUF001, E501  letters that look alike and wide tables are the point
"""Card numbers in all the ways people write them, and numbers that only look like one."""

import pytest

from compliance.masking import MaskingPolicy, mask
from compliance.masking.issuers import is_card_number, is_issued, passes_luhn

DEFAULT = MaskingPolicy.named("default")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111 1111 1111 1111", "card [card •••• 1111]"),
        ("378282246310005", "[card •••• 0005]"),
        ("3782 822463 10005", "[card •••• 0005]"),
        ("5555-5555-5555-4444!", "[card •••• 4444]!"),
        ("4111.1111.1111.1111", "[card •••• 1111]"),
        ("4111 - 1111 - 1111 - 1111", "[card •••• 1111]"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[card •••• 1111]"),
        ("41 11 11 11 11 11 11 11", "[card •••• 1111]"),
        ("card4111111111111111", "card[card •••• 1111]"),
        ("card 41111111 1111111 1", "card [card •••• 1111]"),
        ("４１１１ １１１１ １１１１ １１１１", "[card •••• 1111]"),
        ("4\u200b111 1111 1111 1111", "[card •••• 1111]"),
        ("4111 1111 1111 lIlI", "[card •••• 1111]"),
        ("four one one one, one one one one, one one one one, one one one one", "[card •••• 1111]"),
        ("four triple one double one one one one one one one one one one one", "[card •••• 1111]"),
        ("my card is 4111 1111 1111 1112", "my card is [card •••• 1112]"),
        ("card 41111111111111111225123", "card [card •••• 1111]"),
        ("6304 0000 0000 0000 00 is my card", "[card •••• 0000] is my card"),
    ],
)
def test_card_numbers_are_masked(text, masked):
    assert mask(text, DEFAULT).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 4111 1111 1111 1112",
        "tracking 9400 1118 9922 3033 0055 00",
        "1Z999AA10123456784",
        "0.4111111111111111",
        "+491511234567 or +4539148803436",
        "https://shop.example/orders/4539148803436467",
        "EAN 4006381333931",
        "1111 1111 1111 1111",
        "1709294400123",
        "invoices 4001 4002 4003 4004",
        "sim card number 8944100000000000001",
    ],
)
def test_other_numbers_are_left_alone(text):
    assert mask(text, DEFAULT).text == text


def test_the_last_four_digits_of_a_card_are_kept_and_of_nothing_else():
    found = mask("4111 1111 1111 1111 exp 12/27 cvv 123, ssn 123-45-6789", DEFAULT).findings

    assert [(f.entity, f.last_four) for f in found] == [
        ("CARD", "1111"),
        ("EXPIRY", None),
        ("CVV", None),
        ("SSN", None),
    ]


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111", "4222222222222", "5105105105105100", "2221000000000009", "378282246310005", "6011111111111117",
        "30569309025904", "3530111333300000", "6200000000000005", "6759649826438453", "2200000000000004", "6521111111111117",
        "5019717010103742", "9792020000000001",
    ],
)  # fmt: skip
def test_every_scheme_is_known(number):
    assert is_issued(number)


@pytest.mark.parametrize("number", ["0" * 16, "4" * 16, "7111111111111111", "41111111111111111"])
def test_other_numbers_are_no_card_numbers(number):
    assert not is_card_number(number)


def test_one_wrong_digit_fails_luhn():
    assert passes_luhn("4111111111111111")
    assert not passes_luhn("4111111111111112")
