"""What is masked, in the words of the pages that show it."""

from typing import Final

from compliance.masking import OTHER
from compliance.masking.explain import Fate

#: Groups of entities in the order they are shown.
GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("Payment cards", ("CARD", "CVV", "EXPIRY", "TRACK", "PIN")),
    ("Bank", ("IBAN", "BANKACCT")),
    (
        "Identity and tax",
        ("SSN", "ITIN", "EIN", "SIN", "NHS", "NINO", "NATID", "TAXID", "PASSPORT", "DRIVERLICENSE"),
    ),
    ("Health", ("MRN", "HEALTHPLAN", "DOB")),
    ("Contact details", ("EMAIL", "PHONE", "ADDRESS", "NAME")),
    ("Devices and networks", ("IP", "MAC", "IMEI", "VIN")),
    ("Secrets", ("SECRET",)),
)

#: Name, and a hint at what belongs to it.
ENTITY_WORDS: Final[dict[str, tuple[str, str]]] = {
    "CARD": ("Card numbers", "all schemes, however they are written, over several messages too"),
    "CVV": ("Security codes", "the three or four digits on the card"),
    "EXPIRY": ("Expiry dates", "beside a card or its word"),
    "TRACK": ("Stripe data", "tracks 1 and 2"),
    "PIN": ("PINs", "beside their word"),
    "IBAN": ("IBANs", "76 countries"),
    "BANKACCT": ("Account numbers", "sort codes and routing numbers too"),
    "SSN": ("Social security numbers", "United States"),
    "ITIN": ("ITINs", "taxpayers, United States"),
    "EIN": ("EINs", "employers, United States"),
    "SIN": ("Social insurance numbers", "Canada"),
    "NHS": ("NHS numbers", "United Kingdom"),
    "NINO": ("National insurance numbers", "United Kingdom"),
    "NATID": ("National ids", "of the countries chosen below"),
    "TAXID": ("Tax and VAT numbers", "of the countries chosen below"),
    "PASSPORT": ("Passport numbers", "beside their word"),
    "DRIVERLICENSE": ("Driving licences", "beside their word"),
    "MRN": ("Medical record numbers", "beside their word"),
    "HEALTHPLAN": ("Health plan numbers", "Medicare and insurers"),
    "DOB": ("Dates of birth", "beside a word for birth, or in answer to a question"),
    "EMAIL": ("E-mail addresses", "spelled-out ones too"),
    "PHONE": ("Phone numbers", "international, and of the countries chosen below"),
    "ADDRESS": ("Street addresses", "United States and United Kingdom, best effort"),
    "NAME": ("Names", "of the visitor, from the profile"),
    "IP": ("IP addresses", "IPv4 and IPv6"),
    "MAC": ("MAC addresses", "network devices"),
    "IMEI": ("IMEIs", "mobile phones"),
    "VIN": ("Vehicle numbers", "VIN"),
    "SECRET": ("Passwords and keys", "API keys, tokens, what follows “password:”"),
    OTHER: ("Another private detail", "by an own rule, or by hand"),
}
LEVEL_WORDS: Final = {"off": "Off", "balanced": "Balanced", "strict": "Strict"}

REGION_WORDS: Final = {
    "AU": "Australia",
    "BE": "Belgium",
    "BR": "Brazil",
    "CA": "Canada",
    "CL": "Chile",
    "DE": "Germany",
    "ES": "Spain",
    "EU": "Other EU and EFTA",
    "FI": "Finland",
    "FR": "France",
    "IE": "Ireland",
    "IN": "India",
    "IT": "Italy",
    "MX": "Mexico",
    "NL": "Netherlands",
    "PL": "Poland",
    "PT": "Portugal",
    "SE": "Sweden",
    "UK": "United Kingdom",
    "US": "United States",
}

#: Of a badge: the word, and its tone.
FATE_WORDS: Final[dict[Fate, tuple[str, str]]] = {
    Fate.MASKED: ("Masked", "private"),
    Fate.TOO_LITTLE: ("Not sure enough", "warning"),
    Fate.OFF: ("Switched off", ""),
    Fate.REGION_OFF: ("Country switched off", ""),
    Fate.EXEMPT: ("Your own id", ""),
    Fate.OVERLAPPED: ("Part of another", ""),
    Fate.PLACEHOLDER: ("Hidden already", ""),
}

#: How a text is read besides as it stands; see compliance/masking/*_view.
VIEW_WORDS: Final = {
    "spelled": "digits in words",
    "lookalike": "letters that pass for digits",
    "spaced": "digit by digit",
    "misspelt": "words spelled right",
    "transcript": "a pasted conversation",
    "keys": "names of fields taken apart",
}


def entity_name(entity: str) -> str:
    """Name an entity; one this page does not know by its own name."""
    return ENTITY_WORDS.get(entity, (entity, ""))[0]
