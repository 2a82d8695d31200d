"""Whose law a visitor is told about: by what their browser says of itself, never by where their address lies.

A browser names its time zone and its languages. Both are the visitor's own word; whoever tells a milder one than is
true waives what is meant for them alone. Where they point to two regions, or to none, the stricter holds.
"""

from collections.abc import Sequence
from typing import Final

from compliance.models import LawRegion

#: Where the law is content with a notice (CCPA, Cal. Civ. Code 1798.100(a), and the laws of other states like it).
TOLD_ENOUGH: Final = frozenset({LawRegion.US, LawRegion.CALIFORNIA})
_STRICTNESS: Final = {region: place for place, region in enumerate(LawRegion)}

# Time zones of the IANA database (zone1970.tab and backward). Europe's are named where the law is not in force.
_NOT_GDPR: Final = frozenset(
    f"Europe/{city}"
    for city in (
        "Astrakhan", "Belgrade", "Chisinau", "Istanbul", "Kaliningrad", "Kiev", "Kirov", "Kyiv", "Minsk", "Moscow",
        "Podgorica", "Samara", "Sarajevo", "Saratov", "Simferopol", "Skopje", "Tirane", "Tiraspol", "Ulyanovsk",
        "Uzhgorod", "Volgograd", "Zaporozhye",
    )
)  # fmt: skip
_ALSO_GDPR: Final = frozenset(
    {
        "Africa/Ceuta", "America/Cayenne", "America/Guadeloupe", "America/Marigot", "America/Martinique",
        "Arctic/Longyearbyen", "Asia/Famagusta", "Asia/Nicosia", "Atlantic/Azores", "Atlantic/Canary",
        "Atlantic/Madeira", "Atlantic/Reykjavik", "Indian/Mayotte", "Indian/Reunion", "Iceland", "GB", "Eire", "Poland",
        "Portugal", "CET", "MET", "WET", "EET",
    }
)  # fmt: skip
_CANADA: Final = frozenset(
    f"America/{city}"
    for city in (
        "Atikokan", "Blanc-Sablon", "Cambridge_Bay", "Coral_Harbour", "Creston", "Dawson", "Dawson_Creek", "Edmonton",
        "Fort_Nelson", "Glace_Bay", "Goose_Bay", "Halifax", "Inuvik", "Iqaluit", "Moncton", "Montreal", "Nipigon",
        "Pangnirtung", "Rainy_River", "Rankin_Inlet", "Regina", "Resolute", "St_Johns", "Swift_Current", "Thunder_Bay",
        "Toronto", "Vancouver", "Whitehorse", "Winnipeg", "Yellowknife",
    )
)  # fmt: skip
_US: Final = frozenset(
    f"America/{city}"
    for city in (
        "Adak", "Anchorage", "Boise", "Chicago", "Denver", "Detroit", "Fort_Wayne", "Indianapolis", "Juneau",
        "Louisville", "Menominee", "Metlakatla", "New_York", "Nome", "Phoenix", "Shiprock", "Sitka", "Yakutat",
    )
) | {"Pacific/Honolulu", "America/Puerto_Rico", "America/St_Thomas", "Pacific/Guam"}  # fmt: skip
_US_BEGINNINGS: Final = ("America/Indiana/", "America/Kentucky/", "America/North_Dakota/", "US/")
# One time zone for the whole west coast: California's law is the strictest on it.
_CALIFORNIA: Final = frozenset({"America/Los_Angeles", "US/Pacific"})

# ISO 3166-1: the European Economic Area, the United Kingdom, Switzerland.
_GDPR_COUNTRIES: Final = frozenset(
    {
        "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS",
        "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


def region_of(timezone: str, languages: Sequence[str]) -> LawRegion:
    """Return the region of a visitor by the time zone and the languages that their browser names.

    A language counts by the country behind it (`fr-CA`), and only to be stricter: many browsers say `en-US` anywhere.
    """
    return max((_by_timezone(timezone), *map(_by_language, languages)), key=_STRICTNESS.__getitem__)


def _by_timezone(timezone: str) -> LawRegion:
    if timezone in _ALSO_GDPR or (timezone.startswith("Europe/") and timezone not in _NOT_GDPR):
        return LawRegion.GDPR
    if timezone in _CANADA or timezone.startswith("Canada/"):
        return LawRegion.CANADA
    if timezone in _CALIFORNIA:
        return LawRegion.CALIFORNIA
    is_american = timezone in _US or timezone.startswith(_US_BEGINNINGS)
    return LawRegion.US if is_american else LawRegion.DEFAULT


def _by_language(language: str) -> LawRegion:
    country = language.replace("_", "-").rpartition("-")[2].upper()
    if country in _GDPR_COUNTRIES and "-" in language.replace("_", "-"):
        return LawRegion.GDPR
    return LawRegion.CANADA if country == "CA" and len(language) > len("ca") else LawRegion.US
