"""What decides on national numbers by the library's tables decides as the library itself."""

import random

import phonenumbers
import pytest

from compliance.masking.dialling import country, is_possible_abroad, is_valid_abroad
from compliance.masking.policy import MaskingPolicy

REGIONS = MaskingPolicy.named("all").phone_regions
BEGINNINGS = ("0", "0", "", "00", "000", "011", "04", "06", "090")


def numbers(region):
    rng = random.Random(region)
    for _ in range(150):
        yield rng.choice(BEGINNINGS) + "".join(rng.choices("0123456789", k=rng.randint(7, 12)))
    for kind in range(5):
        example = phonenumbers.example_number_for_type(region, kind)
        for _ in range(12 if example else 0):
            national = str(example.national_number)
            yield rng.choice(("0", "")) + national[:-3] + "".join(rng.choices("0123456789", k=3))


@pytest.mark.parametrize("region", REGIONS)
def test_a_number_is_someones_and_a_mobiles_where_the_library_says_so(region):
    table = country(region)
    asked = [digits for digits in numbers(region) if table.knows(digits)]

    by_library = [phonenumbers.parse(digits, region) for digits in asked]

    assert len(asked) > 50
    assert [table.is_valid(digits) for digits in asked] == [phonenumbers.is_valid_number(one) for one in by_library]
    assert [table.is_mobile(digits) for digits in asked] == [
        phonenumbers.number_type(one) == phonenumbers.PhoneNumberType.MOBILE for one in by_library
    ]


def test_a_number_with_a_country_code_is_possible_and_someones_where_the_library_says_so():
    rng = random.Random(3)
    codes = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    written = [
        f"{rng.choice(codes)}{rng.choice(('', '', '0', '1', '8'))}{rng.randrange(10**3, 10 ** rng.randint(4, 11))}"
        for _ in range(1500)
    ]
    asked = [digits for digits in written if is_possible_abroad(digits) is not None]

    by_library = [phonenumbers.parse(f"+{digits}") for digits in asked]

    assert len(asked) > 1000
    assert [is_possible_abroad(digits) for digits in asked] == list(map(phonenumbers.is_possible_number, by_library))
    assert [is_valid_abroad(digits) for digits in asked] == list(map(phonenumbers.is_valid_number, by_library))
    assert is_possible_abroad("2101234567") is False


def test_a_code_for_abroad_leaves_the_number_with_its_country():
    assert country("DE").abroad("0044207946") == country("FR").abroad("0044207946") == "44207946"
    assert not country("DE").knows("0044207946")
    assert country("US").abroad("0044207946") is None
