"""The closed list of what can be masked, with what belongs together.

PCI DSS v4.0.1 requirements 3.3 (CVV, track and PIN are never stored) and 3.5.1 (card numbers).
"""

from typing import Final

ENTITIES: Final = (
    "CARD",
    "CVV",
    "EXPIRY",
    "TRACK",
    "PIN",
    "IBAN",
    "BANKACCT",
    "SSN",
    "ITIN",
    "EIN",
    "SIN",
    "NHS",
    "NINO",
    "NATID",
    "TAXID",
    "PASSPORT",
    "DRIVERLICENSE",
    "MRN",
    "HEALTHPLAN",
    "DOB",
    "PHONE",
    "EMAIL",
    "ADDRESS",
    "NAME",
    "IP",
    "MAC",
    "IMEI",
    "VIN",
    "SECRET",
)

#: What an organisation's own rule or the coarse fallback masked. Never from a built-in detector.
OTHER: Final = "OTHER"

#: Cannot be switched off, and their detectors fail closed.
CARD_CLASS: Final = frozenset({"CARD", "CVV", "TRACK", "PIN", "EXPIRY"})

#: Off under the policy `default`; an organisation chooses.
BY_CHOICE: Final = frozenset({"EMAIL", "PHONE", "ADDRESS", "NAME", "IP"})

#: Who wins where spans overlap: lower comes first.
PRIORITY: Final = {
    entity: rank
    for rank, entity in enumerate(
        (
            "TRACK",
            "CARD",
            "IBAN",
            "IMEI",
            "NHS",
            "SIN",
            "ITIN",
            "EIN",
            "NATID",
            "NINO",
            "SSN",
            "TAXID",
            "VIN",
            "CVV",
            "PIN",
            "EXPIRY",
            "SECRET",
            "EMAIL",
            "DOB",
            "HEALTHPLAN",
            "PASSPORT",
            "DRIVERLICENSE",
            "MRN",
            "BANKACCT",
            "MAC",
            "IP",
            "PHONE",
            "ADDRESS",
            "NAME",
            OTHER,
        )
    )
}
