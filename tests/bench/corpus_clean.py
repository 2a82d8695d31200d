"""What support chat is full of and must stay as it is: numbers that are no one's, words that only sound so."""

import random
import uuid
from typing import Final

from tests.bench.corpus_values import alnum, digits

PLAIN: Final = (
    "Hi, is anyone there?", "Thanks, that solved it!", "How can I request a new credit card pin ?", "I forgot my password",
    "How do I reset my password?", "The password reset link is expired", "my password is not working", "my password is wrong",
    "Do you accept Visa and Mastercard?", "What is the CVV and where do I find it?", "never share your PIN with anyone",
    "Please never send us your card number or CVV in chat", "my card was declined twice", "the card reader says try again",
    "Is my social security number safe with you?", "We never ask for your SSN", "passport photos are 35x45 mm",
    "My passport expired last year", "do I need a passport to travel to Spain?", "your IBAN is on your bank statement",
    "I was born in Hamburg", "happy birthday!", "my date of birth is wrong in the system", "Please confirm your date of birth",
    "what's your email?", "I never got the e-mail", "email me when it is back in stock", "call me back later please",
    "our address has changed", "I moved last month", "one two three testing", "one or two items are missing",
    "five stars for the service", "two of three arrived", "double check please", "the token is invalid", "session token expired",
    "api key is missing error", "password must contain 8 characters", "Enter the 6 digit code we sent you", "pin the message to the top",
    "look at this", "let's meet at noon", "see you at the shop", "no se puede iniciar sesión", "¿Cuándo llega mi pedido?",
    "Wann kommt meine Bestellung an?", "où est mon colis ?", "dov'è il mio ordine?", "waar is mijn pakket?", "cadê meu pedido?",
    "Mon mot de passe ne fonctionne pas", "He olvidado mi contraseña", "Ich habe mein Passwort vergessen", "the secret to good coffee",
    "I need 3 or 4 of them", "size 10 or 11", "the back of my card is scratched", "security code field is empty",
    "is the CVV 3 or 4 digits?", "the CVV is the 3 digits on the back", "my driver's license is expired", "the VIN is on the dashboard",
    "card ending in 4242 was charged", "the card ending 1111 is old", "last four digits are 4242", "ends with 0005",
    "it's the black visa card", "gift card balance please", "my sim card is broken", "can I pay by bank transfer?",
)
TEMPLATES: Final = (
    "order {d8} has not arrived", "Order #{d6}", "my order number is {d10}", "order no. {d12}", "Bestellnummer {d9}", "numéro de commande {d8}",
    "pedido {d9} no ha llegado", "invoice INV-{year}-{d5}", "invoice {d10} is wrong", "ticket #{d7}", "case {d8}", "ref: {A3}{d6}", "reference {d9}",
    "tracking number {ups}", "tracking {usps}", "USPS {usps_spaced}", "FedEx {d12}", "FedEx tracking {d15n}", "DHL {d10}", "Royal Mail {A2}{d9}GB",
    "it was sent on {date}", "delivered {date} at {time}", "meeting on {date}", "on {iso} at {time}", "log: {iso}T{time}:12.{d6}Z error",
    "timestamp {epoch}", "ts={epoch_ms}", "{epoch_ms} is when it failed", "{stamp14}", "it costs ${price}", "the total was {price} EUR", "I paid £{price}",
    "€{price} refund please", "{price} USD was charged on {date}", "version {v3}", "v{v4}", "after updating to {v4} it crashes", "Chrome {chrome}",
    "firmware {v4} build {d5}", "iOS 17.4.1 on iPhone 15", "error code {d4}", "error {hex8}", "HTTP 500 after {d3} ms", "exit code 137",
    "uuid {uuid}", "request id {uuid}", "{uuid}", "commit {sha1}", "sha256 {sha256}", "md5 {md5}", "https://example.com/orders/{d10}",
    "https://shop.example/p/{d8}?ref={d6}", "https://example.com/track/{usps}", "see https://docs.example.org/v2/{d4}/page.html",
    "SKU {A3}-{d5}", "sku {d8}", "part number {d3}-{d2}-{d4}", "model {A2}{d4}", "serial {A2}{d8}", "S/N {d3}{A3}{d5}", "EAN {ean}", "ISBN {isbn}",
    "barcode {ean}", "room {d3}", "gate B{d2}", "flight BA{d3}", "seat 14C", "booking {A6}", "PNR {A6}", "confirmation {A2}{d6}",
    "zip {d5}", "postcode 10115 Berlin", "opening hours 9-17", "from 10:00 to 18:30", "I waited {d2} minutes", "{d3} people in the queue",
    "I have {d4} points", "{d5} miles left", "only {d2}% battery", "temperature 21.5", "0.{d15}", "3.14159265358979", "pi is 3.1415926535",
    "lat 52.520008, lon 13.404954", "for (let i = 0; i < {d3}; i++) {{}}", "SELECT * FROM orders WHERE id = {d9};", "const x = {d12};",
    "```\\nreturn {d6}\\n```", "int a[{d4}];", "0x{hex8}", "color #{hex6}", "{d4} x {d4} px", "resolution 1920x1080", "port 8080", "localhost:{d4}",
    "the pin on the connector is bent, pin 12", "GPIO pin 17", "valid until {date} says the coupon", "coupon expires {mmyy}", "warranty expires {mmyy}",
    "my subscription expires {mmyy}", "offer valid thru {mmyy}", "license key expires {mmyy}", "the promo code is SAVE{d2}", "voucher {A4}{d4}",
    "device id {d16n}", "customer number {d7}", "customer id {d8}", "user id {d9}", "Kundennummer {d8}", "numéro client {d7}", "número de cliente {d8}",
    "my gift card number is {A4}{d8}", "loyalty card {d10}", "membership {d8}", "batch {d8}", "lot {d6}", "PO {d7}", "purchase order {d8}",
    "transaction {d10}", "transaction id {A2}{d12}", "job {d6} failed", "meter reading {d6}", "I bought {d1} and got {d1} free", "{d2}/{d2} tests passed",
    "chapter {d1}, page {d3}", "round 2 of 3", "season 4 episode 11", "1-2 days", "3-5 business days", "24/7 support", "50/50", "and/or",
    "account 12345 is locked", "my username is anna_{d2}", "I'm on the Pro plan since {year}", "in {year} and {year2} it worked", "{year}-{year2}",
    "years {year}, {year2}, 2023 and 2024", "room 4012, 4015, 4020 and 4031", "codes 12 34 56 78", "numbers 1 2 3 4 5 6 7 8 9 10", "{d4} {d4}",
    "call center opens at 9", "phone model XT{d4}", "phone has 128 GB", "the phone cost {price}", "text size 14", "emailed you {d1} times",
    "my address has 2 lines", "floor 3, desk 12", "ip version 4", "the mac is from 2019", "MacBook Pro 2021", "the vin diesel movie", "imei is on the box",
    "the bank is closed", "routing issue in region 4", "account number field is empty", "social media post {d6}", "my passport photo is {d4}x{d4}",
    "patient reply, thanks", "the doctor is in at {time}", "my insurance covers {d2}%", "health check failed {d3} times", "medical leave from {date}",
    "the license server at port {d4}", "software license for {d2} seats", "born to run", "new born baby clothes size {d2}", "expiry in {d2} days",
    "security update {d4}-{d2}", "security code of conduct", "CVE-{year}-{d5}", "KB{d7}", "RFC {d4}", "ISO 27001", "PCI DSS 4.0.1", "EN 301 549",
    "qty {d2}, price {price}, total {price}", "{A2}-{d4}-{A2}", "Windows 10.0.{d5}.{d4}", "{d3},{d3},{d3} rows", "1,{d3},{d3}.00", "{hex32}",
)


def _carrier(rng: random.Random) -> str:
    return rng.choice(["92", "93", "94"]) + "".join(str(rng.randint(0, 9)) for _ in range(20))


def _not_card(rng: random.Random, count: int) -> str:
    """Digits in the form of no card: beginning with 1 or 7."""
    return rng.choice("17") + "".join(str(rng.randint(0, 9)) for _ in range(count - 1))


def clean_text(rng: random.Random) -> str:
    """A text with nothing to mask."""
    if rng.random() < 0.25:
        return rng.choice(PLAIN)
    year = rng.randint(2015, 2025)
    month, day = rng.randint(1, 12), rng.randint(1, 28)
    usps = _carrier(rng)
    ean = rng.choice("5679") + digits(rng, 12)
    facts = {f"d{n}": digits(rng, n) for n in range(1, 9)} | {f"A{n}": alnum(rng, "A" * n) for n in range(2, 7)}
    facts |= {
        "d9": _not_card(rng, 9), "d10": _not_card(rng, 10), "d12": _not_card(rng, 12), "d15": _not_card(rng, 15),
        "d15n": _not_card(rng, 15), "d16n": _not_card(rng, 16), "year": str(year), "year2": str(year + 1),
        "ups": "1Z" + alnum(rng, "999AA99999999999"), "usps": usps, "usps_spaced": " ".join(usps[i : i + 4] for i in range(0, 22, 4)),
        "date": rng.choice([f"{day:02}/{month:02}/{year}", f"{day}.{month}.{year}", f"{month}/{day}/{year % 100:02}"]),
        "iso": f"{year}-{month:02}-{day:02}", "time": f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}",
        "epoch": str(rng.randint(1_500_000_000, 1_800_000_000)), "epoch_ms": str(rng.randint(1_500_000_000_000, 1_800_000_000_000)),
        "stamp14": f"{year}{month:02}{day:02}{rng.randint(0, 235959):06}", "price": f"{rng.randint(1, 9999)}.{rng.randint(0, 99):02}",
        "v3": f"{rng.randint(0, 20)}.{rng.randint(0, 30)}.{rng.randint(0, 30)}",
        "v4": f"{rng.randint(0, 20)}.{rng.randint(0, 30)}.{rng.randint(0, 30)}.{rng.randint(0, 250)}",
        "chrome": f"{rng.randint(90, 140)}.0.{rng.randint(4000, 7000)}.{rng.randint(10, 250)}",
        "hex8": rng.randbytes(4).hex(), "hex6": rng.randbytes(3).hex(), "hex32": rng.randbytes(16).hex(),
        "uuid": str(uuid.UUID(bytes=rng.randbytes(16), version=4)), "sha1": rng.randbytes(20).hex(), "sha256": rng.randbytes(32).hex(),
        "md5": rng.randbytes(16).hex(), "ean": ean, "isbn": "978" + digits(rng, 10), "mmyy": f"{month:02}/{rng.randint(25, 32)}",
    }
    return rng.choice(TEMPLATES).format_map(facts)


