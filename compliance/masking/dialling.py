"""Whether digits are a telephone number of a country, by the tables of the phonenumbers library.

For a number without a country code this decides as the library's own parser would, which takes a dozen times as
long: a text may hold hundreds of numbers, each tried in every country of the organisation.
"""

import re
from functools import cache, cached_property, lru_cache
from typing import Any, Final

import re2

_OTHER_KINDS: Final = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail",
)  # fmt: skip
#: Stands for codes that are no country's.
_NO_COUNTRY: Final = "001"
_MOST_DIGITS: Final = 17


class _Kind:
    """Numbers of one description: of some lengths, and of a pattern."""

    def __init__(self, description: Any) -> None:
        self.lengths: frozenset[int] = frozenset(description.possible_length if description else ())
        pattern = description.national_number_pattern if description else None
        self._pattern = re.compile(pattern or "(?!)")

    def has(self, digits: str, lengths: frozenset[int]) -> bool:
        return len(digits) in (self.lengths or lengths) and self._pattern.fullmatch(digits) is not None

    def fits(self, digits: str) -> bool:
        return self._pattern.fullmatch(digits) is not None


class _Region:
    """The numbers of one of the regions that share a country code."""

    def __init__(self, metadata: Any) -> None:
        self._all = _Kind(metadata.general_desc)
        self.pattern: str = metadata.general_desc.national_number_pattern
        self._others = [kind for name in _OTHER_KINDS if (kind := _Kind(getattr(metadata, name))).lengths]
        self._fixed, self._mobile = _Kind(metadata.fixed_line), _Kind(metadata.mobile)
        self._kinds = (self._fixed, self._mobile, *self._others)
        self._alike: bool = metadata.same_mobile_and_fixed_line_pattern
        self.leading = re.compile(metadata.leading_digits) if metadata.leading_digits else None

    def is_valid(self, digits: str) -> bool:
        lengths = self._all.lengths
        if len(digits) not in lengths:
            return False
        # No generator: this is asked of every number in every country.
        for kind in self._kinds:
            if kind.has(digits, lengths):
                return self._all.fits(digits)
        return False

    def is_mobile(self, digits: str) -> bool:
        """Whether it is a mobile's and nothing else."""
        lengths = self._all.lengths
        if self._alike or not (self._all.has(digits, lengths) and self._mobile.has(digits, lengths)):
            return False
        return not any(kind.has(digits, lengths) for kind in (self._fixed, *self._others))


class Country:
    """The numbers that can be dialled within one country."""

    def __init__(self, region: str) -> None:
        from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

        own: Any = PhoneMetadata.metadata_for_region(region)
        self._names = COUNTRY_CODE_TO_REGION_CODE[own.country_code]
        self._all = _Kind(own.general_desc)
        self._short = frozenset(own.general_desc.possible_length_local_only)
        self._longest = max(self._all.lengths)
        self._code = str(own.country_code)
        # A zero behind it is of no country.
        self._abroad = re.compile(f"(?:{own.international_prefix})(?!0)")
        self._prefix = re.compile(own.national_prefix_for_parsing or "(?!)")
        self._is_rewritten: bool = own.national_prefix_transform_rule is not None

    @property
    def lengths(self) -> int:
        """How many lengths its numbers have."""
        return len(self._all.lengths)

    @cached_property
    def _regions(self) -> list[_Region]:
        from phonenumbers import PhoneMetadata

        return [_Region(PhoneMetadata.metadata_for_region(name)) for name in self._names]

    @cached_property
    def _anyones(self) -> re.Pattern[str]:
        """The numbers of all regions that share the code: there are two dozen in North America."""
        return re.compile("|".join(region.pattern for region in self._regions))

    def abroad(self, digits: str) -> str | None:
        """The number with the code of its country, if it begins with what is dialled here for other countries."""
        prefix = self._abroad.match(digits)
        return digits[prefix.end() :] if prefix else None

    def knows(self, digits: str) -> bool:
        """Whether it is for this class to decide: no code for abroad, of this country, or of a network."""
        return not self._abroad.match(digits) and self.knows_own(digits)

    def knows_own(self, digits: str) -> bool:
        """The same of a number that has no code for abroad."""
        return not digits.startswith(self._code) and not self._rewrites(digits)

    def _rewrites(self, digits: str) -> bool:
        """Whether more is done to the number than to leave out its beginning."""
        prefix = self._prefix.match(digits) if self._is_rewritten else None
        return prefix is not None and prefix.groups()[-1] is not None

    def is_possible(self, digits: str) -> bool | None:
        """Whether a number behind the country's code has as many digits as its numbers have. None: ask the library."""
        if self._rewrites(digits):
            return None
        return len(self._significant(digits)) in self._all.lengths | self._short

    def is_valid(self, digits: str) -> bool:
        """Whether someone may have the number."""
        return self._region(self._significant(digits)) is not None

    def is_mobile(self, digits: str) -> bool:
        """Whether it is a mobile telephone's."""
        number = self._significant(digits)
        region = self._region(number)
        return region is not None and region.is_mobile(number)

    def _significant(self, digits: str) -> str:
        """The number without the prefix that is dialled within the country, if it is one without."""
        prefix = self._prefix.match(digits)
        if prefix is None:
            return digits
        rest = digits[prefix.end() :]
        if self._can_be(digits) and self._all.fits(digits) and not self._all.fits(rest):
            return digits
        is_long = len(rest) > self._longest
        possible = is_long or (len(rest) in self._all.lengths and len(rest) not in self._short)
        return rest if possible else digits

    @cached_property
    def _bounds(self) -> tuple[str, str]:
        """The least and the greatest that a number can begin with."""
        ranges = [re2.compile(region.pattern).possiblematchrange(_MOST_DIGITS) for region in self._regions]
        return min(low for low, _ in ranges).decode(), max(high for _, high in ranges).decode()

    def _can_be(self, number: str) -> bool:
        """Whether any number of the country begins so: for most that are tried this is the end of it."""
        low, high = self._bounds
        return low <= number <= high

    def _region(self, number: str) -> _Region | None:
        """Which of the regions that share the code it is of, if someone there may have it."""
        if not self._can_be(number):
            return None
        if len(self._regions) == 1:
            return self._regions[0] if self._regions[0].is_valid(number) else None
        if self._anyones.fullmatch(number) is None:
            return None
        for region in self._regions:
            if region.leading is None:
                if region.is_valid(number):
                    return region
            elif region.leading.match(number):
                return region if region.is_valid(number) else None
        return None


def is_possible_abroad(digits: str) -> bool | None:
    """Whether a number that begins with the code of a country can be one. None: ask the library."""
    region, rest = _without_code(digits)
    return country(region).is_possible(rest) if region else None if rest else False


def is_valid_abroad(digits: str) -> bool | None:
    """Whether someone may have a number that begins with the code of a country. None: ask the library."""
    region, rest = _without_code(digits)
    if not region:
        return None if rest else False
    return country(region).is_valid(rest) if country(region).is_possible(rest) is not None else None


def _without_code(digits: str) -> tuple[str, str]:
    """The main region of a country code, if a country has it, and the rest of the number, if anyone has the code."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    for length in (1, 2, 3):
        names = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length]), ())
        if names:
            return names[0].removeprefix(_NO_COUNTRY), digits[length:]
    return "", ""


@lru_cache(maxsize=1024)
def widest_first(regions: tuple[str, ...]) -> tuple[str, ...]:
    """Countries whose numbers have the most lengths first: a number is most likely one of theirs."""
    return tuple(sorted(regions, key=lambda region: -country(region).lengths))


@cache
def country(region: str) -> Country:
    """The numbers of a country, by its ISO code."""
    return Country(region)
