"""What decides on national numbers by the library's tables decides as the library itself."""

import random

import phonenumbers
import pytest

from compliance.masking.dialling import country
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


def test_a_code_for_abroad_is_left_to_the_library():
    assert country("DE").leads_abroad("0044207946") == country("FR").leads_abroad("0044207946") is not None
    assert not country("DE").knows("0044207946")
    assert country("US").leads_abroad("0044207946") is None
