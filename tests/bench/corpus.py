"""An adversarial corpus from a seed: half of it conversations with something to mask, plain and disguised."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from compliance.masking import Utterance
from tests.bench import corpus_phrases as phrases
from tests.bench import corpus_values as values
from tests.bench.corpus_clean import clean_text
from tests.bench.corpus_disguises import CARD_DISGUISES, CODE_DISGUISES, ID_DISGUISES

_SLOT: Final = re.compile(r"\{([A-Z0-9]+)\}")
_KIND: Final = {
    "DNI": "NATID",
    "CPF": "NATID",
    "AADHAAR": "NATID",
    "PESEL": "NATID",
    "BSN": "NATID",
    "IDNR": "NATID",
    "CF": "NATID",
    "PNR": "NATID",
    "NIR": "NATID",
    "PPS": "NATID",
    "PERSO": "NATID",
    "NIE": "NATID",
    "NRN": "NATID",
    "AHV": "NATID",
    "CURP": "NATID",
    "VAT": "TAXID",
    "PANIN": "TAXID",
    "CNPJ": "TAXID",
    "TFN": "TAXID",
    "ABN": "TAXID",
    "GSTIN": "TAXID",
    "NIFPT": "TAXID",
    "UTR": "TAXID",
    "PIVA": "TAXID",
    "DL": "DRIVERLICENSE",
    "DLUK": "DRIVERLICENSE",
    "MBI": "HEALTHPLAN",
    "PLAN": "HEALTHPLAN",
    "KVNR": "HEALTHPLAN",
    "INTL": "PHONE",
    "PASSWORD": "SECRET",
    "PASSWORD2": "SECRET",
    "APIKEY": "SECRET",
    "BEARER": "SECRET",
    "PWSIGN": "",
    "RTN": "BANKACCT",
    "SORT": "BANKACCT",
    "BSB": "BANKACCT",
    "BANKACCT8": "BANKACCT",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value is: message, offsets, entity."""

    msg: int
    start: int
    end: int
    entity: str


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation and what must be masked in it; nothing if it is clean."""

    messages: tuple[Utterance, ...]
    spans: tuple[Span, ...]
    disguise: str = ""


def _plain(slot: str, rng: random.Random) -> str:  # noqa: C901, PLR0911  a table with a few rows that compute
    pick = rng.choice
    if slot == "CARD":
        return values.grouped(values.card(rng), pick(["", " ", "-"]))
    if slot == "CVV":
        return str(rng.randint(100, 999))
    if slot == "PIN":
        return values.digits(rng, pick([4, 4, 4, 6]))
    if slot == "EXPIRY":
        month, year = rng.randint(1, 12), rng.randint(25, 33)
        return pick([f"{month:02}/{year}", f"{month:02}/20{year}", f"{month:02}-{year}", f"{month:02} / {year}"])
    if slot == "TRACK":
        number = values.card(rng)
        return pick([f"%B{number}^DOE/JOHN^2812101000000000?", f";{number}=28121010000012300000?"])
    if slot == "SSN":
        n = values.ssn(rng)
        return f"{n[:3]}-{n[3:5]}-{n[5:]}"
    if slot == "ITIN":
        n = values.itin(rng)
        return pick([n, f"{n[:3]}-{n[3:5]}-{n[5:]}"])
    if slot == "IBAN":
        n = pick(values.IBANS)
        return pick([n, " ".join(n[i : i + 4] for i in range(0, len(n), 4)), n.lower()])
    makers = {
        "EIN": values.ein,
        "SIN": values.sin,
        "NHS": values.nhs,
        "NINO": values.nino,
        "DNI": values.dni,
        "CPF": values.cpf,
        "AADHAAR": values.aadhaar,
        "PESEL": values.pesel,
        "BSN": values.bsn,
        "IDNR": values.idnr,
        "DOB": values.birthday,
        "VIN": values.vin,
        "IMEI": values.imei,
    }
    if slot in makers:
        return makers[slot](rng)
    return values.alnum(rng, pick(_SHAPES[slot])) if slot in _SHAPES else pick(_SAMPLES[slot])


_SHAPES: Final = {
    "BANKACCT": ("99999999", "999999999", "9999999999", "999999999999"),
    "BANKACCT8": ("99999999",),
    "PASSPORT": ("A9999999", "AA9999999", "999999999", "AA999999", "99AA99999"),
    "DL": ("A9999999", "999999999", "A999-9999-9999", "99999999", "AA999999"),
    "MRN": ("99999999", "9999999", "A9999999", "999-999-99"),
    "PLAN": ("AAA999999999", "A999999999", "9999999999"),
    "KVNR": ("A999999999",),
    "UTR": ("9999999999",),
}
_SAMPLES: Final = {
    "PHONE": (
        "555-123-4567",
        "(212) 555-0187",
        "07700 900123",
        "415-555-2671",
        "5551234567",
        "+1 415 555 2671",
        "06 12 34 56 78",
        "0151 23456789",
    ),
    "INTL": (
        "+44 7700 900123",
        "+49 151 23456789",
        "+1 (415) 555-2671",
        "+33 6 12 34 56 78",
        "+34 612 345 678",
        "+5511987654321",
        "+91 98765 43210",
    ),
    "MAC": ("00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "a4:83:e7:12:34:56"),
    "ABN": ("51 824 753 556", "53004085616"),
    "TFN": ("123 456 782", "876543210"),
    "RTN": ("021000021", "011401533"),
    "SORT": ("20-00-00", "60-16-13"),
    "BSB": ("062-000", "033-089"),
    "DLUK": ("MORGA657054SM9IJ", "JONES811157J99AA"),
    "MBI": ("1EG4-TE5-MK73", "2AC9RW8HN56"),
    "CF": ("RSSMRA85T10A562S",),
    "PNR": ("850709-9805", "19811218-9876"),
    "NIR": ("2 55 08 14 168 025 38", "255081416802538"),
    "PPS": ("1234567FA", "1234567T"),
    "PERSO": ("L01X00T47", "T22000129"),
    "NIE": ("X1234567L", "Y-1234567-X"),
    "NRN": ("85.07.30-033.28",),
    "AHV": ("756.9217.0769.85",),
    "CURP": ("GODE561231HDFRRN09",),
    "VAT": ("DE136695976", "GB980780684", "FR40303265045", "NL4495445B01", "ATU13585627"),
    "PANIN": ("ABCPE1234F", "AAAPL1234C"),
    "CNPJ": ("11.222.333/0001-81", "11222333000181"),
    "GSTIN": ("27AAPFU0939F1ZV",),
    "NIFPT": ("501964843",),
    "PIVA": ("07643520567",),
    "EMAIL": ("anna.smith@example.com", "bob_99@mail.example.co.uk", "j.doe+shop@gmail.com", "info@firma.de"),
    "ADDRESS": (
        "12 Main Street, Springfield, IL 62704",
        "221B Baker Street, London NW1 6XE",
        "742 Evergreen Terrace",
        "1600 Pennsylvania Avenue NW",
        "PO Box 1234",
        "350 Fifth Avenue, Apt 4B, New York, NY 10118",
    ),
    "IP": ("203.0.113.42", "198.51.100.7", "2001:db8:85a3::8a2e:370:7334", "81.2.69.142"),
    "PASSWORD": ("hunter2!", "Tr0ub4dor&3", "S3cret#2024", "qwerty123"),
    "PASSWORD2": ("hunter22", "Passw0rd!"),
    "PWSIGN": ("",),
    "APIKEY": ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "AKIAIOSFODNN7EXAMPLE", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
    "BEARER": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc123def456ghi789",),
}


def _filled(phrase: str, rng: random.Random, disguised: dict[str, str]) -> Case:
    """A phrase with values; `disguised` gives some of them."""
    messages: list[Utterance] = []
    spans: list[Span] = []
    for number, written in enumerate(phrase.split("|")):
        by = "agent" if written.startswith("A:") else "visitor"
        part = written.removeprefix("A:")
        text = ""
        at = 0
        for slot in _SLOT.finditer(part):
            text += part[at : slot.start()]
            value = disguised.get(slot.group(1)) or _plain(slot.group(1), rng)
            if value.startswith("card"):
                text, value = text + "card", value.removeprefix("card")
            glued = "visa" if value.endswith("visa") else ""
            value = value.removesuffix("visa")
            entity = _KIND.get(slot.group(1), slot.group(1))
            if entity and value:
                spans.append(Span(number, len(text), len(text) + len(value), entity))
            text += value + glued
            at = slot.end()
        messages.append(Utterance(by, text + part[at:]))
    return Case(tuple(messages), tuple(spans))


def _phrases() -> Iterator[tuple[str, str]]:
    for entity, group in (
        ("CARD", phrases.CARD),
        ("FULL", phrases.CARD_FULL),
        ("CVV", phrases.CVV),
        ("PIN", phrases.PIN),
        ("TRACK", phrases.TRACK),
        ("EXPIRY", phrases.EXPIRY),
        *phrases.SIMPLE.items(),
    ):
        for phrase in group:
            yield entity, phrase


def _split_case(rng: random.Random) -> Case:
    """A card number over two to four messages."""
    number = values.card(rng)
    while len(number) not in (15, 16):
        number = values.card(rng)
    groups = values.grouped(number, " ").split(" ")
    count = rng.randint(2, len(groups))
    cuts = sorted(rng.sample(range(1, len(groups)), count - 1))
    parts = [" ".join(groups[a:b]) for a, b in zip([0, *cuts], [*cuts, len(groups)], strict=True)]
    leads = ["", rng.choice(["and ", "then ", "rest is ", ""]), "and ", "finally "]
    opening = rng.choice(["my card is ", "", "", "card number: "])
    messages, spans = [], []
    for index, part in enumerate(parts):
        lead = opening if index == 0 else leads[min(index, 3)]
        spans.append(Span(len(messages), len(lead), len(lead) + len(part), "CARD"))
        messages.append(Utterance("visitor", lead + part))
        if rng.random() < 0.2 and index < len(parts) - 1:
            messages.append(Utterance("agent", rng.choice(["ok", "go on", "yes?"])))
    return Case(tuple(messages), tuple(spans), "split")


def _disguised_case(entity: str, phrase: str, rng: random.Random) -> Case | None:
    if "CARD" in phrase:
        name, disguise = rng.choice(list(CARD_DISGUISES.items()))
        given = {"CARD": disguise(values.card(rng), rng)}
    elif entity in ("CVV", "PIN") and "|" not in phrase:
        name, disguise = rng.choice(list(CODE_DISGUISES.items()))
        given = {entity: disguise(_plain(entity, rng), rng)}
    elif entity in ("SSN", "SIN", "NHS") and phrase != "{SSN}":
        name, disguise = rng.choice(list(ID_DISGUISES.items()))
        given = {entity: disguise("".join(c for c in _plain(entity, rng) if c.isdigit()), rng)}
    else:
        return None
    case = _filled(phrase, rng, given)
    return Case(case.messages, case.spans, name)


def generate(seed: int, rounds: int = 6) -> list[Case]:
    """The corpus. Each round has every phrase once plain and, where it can be, once disguised."""
    rng = random.Random(seed)
    cases: list[Case] = []
    for _ in range(rounds):
        for entity, phrase in _phrases():
            cases.append(_filled(phrase, rng, {}))
            disguised = _disguised_case(entity, phrase, rng)
            if disguised is not None:
                cases.append(disguised)
        cases += [_split_case(rng) for _ in range(25)]
    cases += [Case((Utterance("visitor", clean_text(rng)),), ()) for _ in range(len(cases))]
    return cases
