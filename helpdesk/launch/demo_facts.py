"""What the demo prints when it is ready: where to go and how to sign in."""

import base64
import hashlib
import hmac
import json
import struct
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.secrets import write_once

TOTP_STEP_S = 30


def print_ready(data: DataDirectory, facts: dict[str, Any], *, as_json: bool) -> None:
    """Say where to go and how to sign in: to a person on standard error, or as one JSON line."""
    told = {**facts, "urls": urls(facts["site_url"])}
    data.sign_in_facts.unlink(missing_ok=True)
    write_once(data.sign_in_facts, json.dumps(told))
    if as_json:
        print(json.dumps(told), flush=True)
    else:
        print("\n".join(ready_lines(told)), file=sys.stderr, flush=True)


def print_codes(data: DataDirectory) -> int:
    """Print how to sign in again, with the codes of this half minute; returns the exit code."""
    try:
        facts = json.loads(data.sign_in_facts.read_text())
    except OSError:
        print("No demo has been started on this data directory.", file=sys.stderr)
        return 1
    print("\n".join(people_lines(facts)))
    return 0


def urls(site_url: str) -> dict[str, str]:
    shop = f"http://shop.localhost:{urlsplit(site_url).port}/"
    return {"site": site_url, "shop": shop, "mail": f"{site_url}/demo/mail/", "admin": f"{site_url}/admin/"}


def ready_lines(facts: dict[str, Any]) -> list[str]:
    return [
        "",
        f"Hushdesk is ready ({facts['ready_s']:.1f} s).",
        "",
        f"  Sign up or sign in     {facts['urls']['site']}",
        f"  A customer's page      {facts['urls']['shop']}   (the chat is in the corner)",
        f"  Mail that was sent     {facts['urls']['mail']}",
        f"  Operators' admin       {facts['urls']['admin']}",
        "",
        "Sign in as:",
        *people_lines(facts),
        "",
        "Codes change every 30 seconds: add a secret to an authenticator app, or run `python3 manage.py demo --codes`.",
        "Ctrl-C stops everything.",
    ]


def people_lines(facts: dict[str, Any]) -> list[str]:
    operator = facts.get("operator")
    people = [*facts.get("people", []), *([operator] if operator else [])]
    return [line for person in people for line in ("", *person_lines(person))]


def person_lines(person: dict[str, Any]) -> list[str]:
    where = " at ".join(str(person[key]) for key in ("role", "organisation") if person.get(key)) or "operator"
    lines = [f"  {person['email']}   {where}", f"    password  {person['password']}"]
    if secret := person.get("totp_secret"):
        lines.append(f"    secret    {secret}   code now: {code_now(secret)}")
    return lines


def code_now(secret: str, *, now: float | None = None) -> str:
    """The six digits an authenticator shows for a base32 secret (RFC 6238, SHA-1, 30 s)."""
    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    counter = int(time.time() if now is None else now) // TOTP_STEP_S
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFF_FFFF
    return f"{number % 1_000_000:06d}"
