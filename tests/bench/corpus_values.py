"""Made-up values of every entity: valid by the published rules, of nobody."""

import random
from typing import Final

CARD_PREFIXES: Final = {
    "4": (16, 16, 16, 19),
    "51": (16,),
    "55": (16,),
    "2221": (16,),
    "2720": (16,),
    "34": (15,),
    "37": (15,),
    "6011": (16,),
    "644": (16,),
    "65": (16,),
    "300": (14,),
    "36": (14,),
    "38": (14,),
    "3528": (16,),
    "3589": (16,),
    "62": (16, 19),
    "5018": (16, 13),
    "6304": (16, 18),
    "6759": (16,),
    "2200": (16,),
    "60": (16,),
    "82": (16,),
    "508": (16,),
    "9792": (16,),
    "5019": (16,),
    "506099": (16,),
}
IBANS: Final = (
    "DE89370400440532013000",
    "GB82WEST12345698765432",
    "FR1420041010050500013M02606",
    "ES9121000418450200051332",
    "IT60X0542811101000000123456",
    "NL91ABNA0417164300",
    "BE68539007547034",
    "CH9300762011623852957",
    "AT611904300234573201",
    "PT50000201231234567890154",
    "PL61109010140000071219812874",
    "SE4550000000058398257466",
    "IE29AIBK93115212345678",
    "NO9386011117947",
    "DK5000400440116243",
    "FI2112345600000785",
    "LU280019400644750000",
    "GR1601101250000000012300695",
    "BR1800360305000010009795493C1",
    "SA0380000000608010167519",
    "AE070331234567890123456",
)


def luhn_digit(body: str) -> str:
    """The check digit that makes `body` pass."""
    total = 0
    for index, char in enumerate(reversed(body)):
        value = int(char) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def digits(rng: random.Random, count: int) -> str:
    """Random digits, the first not zero."""
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))


def card(rng: random.Random) -> str:
    """A card number of any scheme."""
    prefix, lengths = rng.choice(list(CARD_PREFIXES.items()))
    body = prefix + "".join(str(rng.randint(0, 9)) for _ in range(rng.choice(lengths) - len(prefix) - 1))
    return body + luhn_digit(body)


def grouped(number: str, separator: str) -> str:
    """As printed on the card."""
    if len(number) == 15 or len(number) == 14:
        parts = [number[:4], number[4:10], number[10:]]
    else:
        parts = [number[i : i + 4] for i in range(0, len(number), 4)]
    return separator.join(parts)


def ssn(rng: random.Random) -> str:
    """Digits of a social security number."""
    area = rng.choice([a for a in range(1, 900) if a != 666])
    return f"{area:03}{rng.randint(1, 99):02}{rng.randint(1, 9999):04}"


def itin(rng: random.Random) -> str:
    """Digits of an ITIN."""
    return f"9{rng.randint(0, 99):02}{rng.choice([50, 65, 70, 88, 90, 92, 94, 99])}{rng.randint(0, 9999):04}"


def ein(rng: random.Random) -> str:
    """An EIN as written."""
    return f"{rng.choice(['12', '20', '45', '84', '95'])}-{rng.randint(0, 9999999):07}"


def sin(rng: random.Random) -> str:
    """A Canadian SIN."""
    body = rng.choice("1245679") + "".join(str(rng.randint(0, 9)) for _ in range(7))
    number = body + luhn_digit(body)
    return rng.choice([number, f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:3]}-{number[3:6]}-{number[6:]}"])


def nhs(rng: random.Random) -> str:
    """An NHS number."""
    while True:
        body = digits(rng, 9)
        check = 11 - sum(int(c) * w for c, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            number = body + str(check % 11)
            return rng.choice(
                [number, f"{number[:3]} {number[3:6]} {number[6:]}", f"{number[:3]}-{number[3:6]}-{number[6:]}"]
            )


def nino(rng: random.Random) -> str:
    """A National Insurance number."""
    number = rng.choice(["AB", "CE", "JK", "PX", "SN", "WM"]) + digits(rng, 6) + rng.choice("ABCD")
    spaced = f"{number[:2]} {number[2:4]} {number[4:6]} {number[6:8]} {number[8]}"
    return rng.choice([number, spaced, number.lower()])


def dni(rng: random.Random) -> str:
    """A Spanish DNI."""
    number = digits(rng, 8)
    letter = "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]
    return rng.choice([number + letter, f"{number}-{letter}", f"{number[:2]}.{number[2:5]}.{number[5:]}-{letter}"])


def cpf(rng: random.Random) -> str:
    """A Brazilian CPF."""
    body = [rng.randint(0, 9) for _ in range(9)]
    for _ in range(2):
        total = sum(v * w for v, w in zip(body, range(len(body) + 1, 1, -1), strict=True)) * 10 % 11
        body.append(total % 10)
    n = "".join(map(str, body))
    return rng.choice([n, f"{n[:3]}.{n[3:6]}.{n[6:9]}-{n[9:]}"])


def pesel(rng: random.Random) -> str:
    """A Polish PESEL."""
    body = f"{rng.randint(50, 99):02}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 9999):04}"
    return body + str(-sum(int(c) * w for c, w in zip(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=True)) % 10)


def bsn(rng: random.Random) -> str:
    """A Dutch BSN."""
    while True:
        body = digits(rng, 8)
        check = sum(int(c) * w for c, w in zip(body, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return body + str(check)


def aadhaar(rng: random.Random) -> str:
    """Twelve digits in the form of an Aadhaar number."""
    number = rng.choice("23456789") + "".join(str(rng.randint(0, 9)) for _ in range(11))
    return rng.choice([number, f"{number[:4]} {number[4:8]} {number[8:]}"])


def idnr(rng: random.Random) -> str:
    """A German tax id as written."""
    number = digits(rng, 11)
    return rng.choice([number, f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}"])


def alnum(rng: random.Random, pattern: str) -> str:
    """A for a letter, 9 for a digit, anything else as it is."""
    return "".join(
        rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") if c == "A" else str(rng.randint(0, 9)) if c == "9" else c
        for c in pattern
    )


def birthday(rng: random.Random) -> str:
    """A date of birth in some form."""
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1931, 2008)
    name = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ][month - 1]
    forms = (
        f"{day:02}/{month:02}/{year}",
        f"{month:02}/{day:02}/{year}",
        f"{year}-{month:02}-{day:02}",
        f"{day:02}.{month:02}.{year}",
        f"{day}/{month}/{year % 100:02}",
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"{name[:3]} {day} {year}",
        f"{day:02}-{name[:3]}-{year}",
        f"{day}th of {name} {year}",
        f"{day:02}-{month:02}-{year}",
    )
    return rng.choice(forms)


def vin(rng: random.Random) -> str:
    """A VIN with a valid check digit."""
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", map(int, "123456781234579234567890123456789"), strict=True))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    body = list(alnum(rng, "9AAAA99A9AA999999"))
    body[8] = "0"
    check = sum(values[c] * w for c, w in zip(body, weights, strict=True)) % 11
    body[8] = "0123456789X"[check]
    return "".join(body)


def imei(rng: random.Random) -> str:
    """An IMEI."""
    body = rng.choice(["35", "86", "01"]) + "".join(str(rng.randint(0, 9)) for _ in range(12))
    return body + luhn_digit(body)
