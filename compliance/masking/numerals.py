"""Words for numbers up to ninety-nine in seven languages, as folded small letters, and what they are worth."""

from collections.abc import Iterator
from typing import Final

_UNITS: Final = {
    "en": "zero one two three four five six seven eight nine",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zero un deux trois quatre cinq six sept huit neuf",
    "de": "null eins zwei drei vier funf sechs sieben acht neun",
    "pt": "zero um dois tres quatro cinco seis sete oito nove",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen",
}
#: Digits alone, in languages whose tens nobody dictates so. Without those that are everyday words elsewhere.
_DIGITS_ONLY: Final = {
    "pl": "zero jeden dwa trzy cztery piec szesc siedem osiem dziewiec",
    "sv": "noll ett tva tre fyra fem sex sju atta nio",
    "hi": "shunya ek do teen char paanch chhah saat aath nau",
}
_TEENS: Final = {
    "en": "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "es": "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve",
    "fr": "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "de": "zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn achtzehn neunzehn",
    "pt": "dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove",
    "it": "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove",
    "nl": "tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien",
}
_TENS: Final = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "vingt trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingt-dix",
    "de": "zwanzig dreisig vierzig funfzig sechzig siebzig achtzig neunzig",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
}
#: Other words for a digit, and how digits are said on the telephone.
_OTHERS: Final = {
    "oh": 0, "nought": 0, "naught": 0, "null": 0, "zeros": 0, "zeroes": 0, "nil": 0, "una": 1, "une": 1, "ein": 1,
    "eine": 1, "uma": 1, "duas": 2, "zwo": 2, "meia": 6, "fuenf": 5, "niner": 9,
    "fourty": 40, "ninty": 90, "fuenfzig": 50, "fuenfzehn": 15, "zwoelf": 12, "dreissig": 30, "septante": 70,
    "huitante": 80, "octante": 80, "nonante": 90, "quatre-vingts": 80, "dezasseis": 16, "dezassete": 17,
    "dezanove": 19, "quatorze": 14, "panch": 5, "chhe": 6, "cheh": 6, "chah": 6, "sifar": 0, "zeero": 0,
    "syv": 7, "atte": 8, "otte": 8, "seks": 6,
}  # fmt: skip


_ORDINALS: Final = "first second third fourth fifth sixth seventh eighth ninth"


def _english(tens: str, unit: str) -> Iterator[str]:
    yield from (f"{tens}-{unit}", f"{tens} {unit}", tens + unit)


def _with_and(tens: str, unit: str) -> Iterator[str]:
    yield from (f"{tens} y {unit}", f"{tens} e {unit}")


def _spanish(tens: str, unit: str) -> Iterator[str]:
    yield f"veinti{unit}" if tens == "veinte" else f"{tens} y {unit}"


def _french(tens: str, unit: str) -> Iterator[str]:
    yield from (f"{tens}-{unit}", f"{tens} {unit}")
    if unit == "un":
        yield from (f"{tens} et un", f"{tens}-et-un")


def _german(tens: str, unit: str) -> Iterator[str]:
    yield ("ein" if unit == "eins" else unit) + "und" + tens


def _portuguese(tens: str, unit: str) -> Iterator[str]:
    yield f"{tens} e {unit}"


def _italian(tens: str, unit: str) -> Iterator[str]:
    yield (tens[:-1] if unit in ("uno", "otto") else tens) + unit


def _dutch(tens: str, unit: str) -> Iterator[str]:
    yield unit + "en" + tens


_JOINS: Final = {
    "en": _english,
    "es": _spanish,
    "fr": _french,
    "de": _german,
    "pt": _portuguese,
    "it": _italian,
    "nl": _dutch,
}


def _small(language: str) -> Iterator[tuple[str, int]]:
    for value, word in enumerate(f"{_UNITS[language]} {_TEENS[language]}".split()):
        yield word, value
        yield word.replace("-", " "), value


def _large(language: str) -> Iterator[tuple[str, int]]:
    units, teens = _UNITS[language].split(), _TEENS[language].split()
    for count, tens in enumerate(_TENS[language].split(), start=2):
        yield from ((tens, 10 * count), (tens.replace("-", " "), 10 * count))
        for unit in range(1, 10):
            for joined in _JOINS[language](tens, units[unit]):
                yield joined, 10 * count + unit
                yield joined.replace("-", " "), 10 * count + unit
    if language == "fr":
        # Soixante-douze, quatre-vingt-douze.
        for base, value in (("soixante", 60), ("quatre-vingt", 80)):
            for number, teen in enumerate(teens, start=10):
                yield f"{base}-{teen}", value + number
                yield f"{base} {teen}".replace("-", " "), value + number


def _days() -> Iterator[tuple[str, int]]:
    """ "Thirty first" of a date; "first" alone is a word of many others."""
    for tens, value in (("twenty", 20), ("thirty", 30)):
        for unit, ordinal in enumerate(_ORDINALS.split(), start=1):
            yield from ((f"{tens} {ordinal}", value + unit), (f"{tens}-{ordinal}", value + unit))


def _years() -> Iterator[tuple[str, int]]:
    """ "Two thousand and three": years in which children were born."""
    for language, thousand in (("en", "two thousand"), ("es", "dos mil"), ("fr", "deux mille"), ("pt", "dois mil")):
        yield thousand, 2000
        for value, word in enumerate(f"{_UNITS[language]} {_TEENS[language]}".split()[1:], start=1):
            yield f"{thousand} {word}", 2000 + value
            yield from ((f"{thousand} and {word}", 2000 + value), (f"{thousand} e {word}", 2000 + value))


def _values() -> dict[str, int]:
    table: dict[str, int] = dict((*_days(), *_years()))
    for language in _UNITS:
        for word, value in (*_small(language), *_large(language)):
            table.setdefault(word, value)
    for digits in _DIGITS_ONLY.values():
        for value, word in enumerate(digits.split()):
            table.setdefault(word, value)
    return table | _OTHERS


#: Number words, compounds included, and their values.
VALUES: Final = _values()
#: Those that are one word, for the gate: compounds of several begin with one of them.
SIMPLE: Final = tuple(sorted(word for word in VALUES if " " not in word and "-" not in word))
#: Numbers in one language and everyday words in another: believed beside other digits in words.
AMBIGUOUS: Final = frozenset(
    {
        "o", "once", "due", "sei", "elf", "dos", "um", "un", "een", "dix", "nil", "null", "oh", "ein", "eine", "meia",
        "una", "uma", "une", "sept", "cent", "tien", "cento", "vent", "do", "ek", "char", "sex", "ett", "fem", "tre",
        "sat", "teen", "nau", "saat",
    }
)  # fmt: skip
