"""How many passwords can be tried for one name before it is locked: one by one and at once, from many addresses."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.proofs.gate.stage import PROXY, Figures, Stage, browser
from tests.support.server import Server

KEYS: Final = ("attempts_to_lock", "lock_addresses")
WRONG: Final = "not this one at all"
SPOOFED: Final = ("X_Forwarded_For", "Forwarded", "X_Real_IP", "Client_IP", "True_Client_IP", "CF_Connecting_IP")
_numbers = itertools.count(1)


def measure(stage: Stage) -> Figures:
    """Try a known and an unknown name; the largest number of tries let through for a known one is the figure."""
    from helpdesk.core import clock
    from tests.factories.tenants import PASSWORD, make_person

    count = 11 if stage.is_short else 100
    found = {}
    with stage.served() as server:
        for way in ("one by one", "at once", "behind a proxy"):
            for who in ("known", "unknown"):
                email = f"{who}-{way.replace(' ', '-')}@example.com"
                if who == "known":
                    make_person("Kim", email=email, now=clock.now())
                found[f"{way}, {who}"] = _let_through(server, email, way, count)
                # With the right password, from an address that has never failed.
                if _try(server, email, "127.99.0.1", password=PASSWORD) != 429:
                    found[f"{way}, {who}"] = count
    known = [tries for way, tries in found.items() if way.endswith(" known")]
    return {"attempts_to_lock": max(known), "lock_addresses": count, "attempts_by_way": found}


def holds(figures: Figures) -> bool:
    """Whether a name of nobody was locked too, by one of the rules that a name can have."""
    from tenants.lockout.rules import VALUES, LockRule

    return set(figures["attempts_by_way"].values()) <= {LockRule.of(value).attempts for value in VALUES}


def _let_through(server: Server, email: str, way: str, count: int) -> int:
    """Return how many of `count` tries, each from its own address, had their password looked at."""
    addresses = [f"127.{1 + number // 250 % 90}.{number // 250}.{number % 250 + 1}" for number in _take(count)]
    if way == "at once":
        with ThreadPoolExecutor(min(count, 24)) as pool:
            statuses = list(pool.map(lambda address: _try(server, email, address), addresses))
    elif way == "behind a proxy":
        statuses = [_try(server, email, PROXY, forwarded=f"203.0.113.9, {address}") for address in addresses]
    else:
        statuses = [_try(server, email, address) for address in addresses]
    # The try that locks is answered as one that is locked.
    return statuses.count(422) + (1 if 429 in statuses else count)


def _take(count: int) -> list[int]:
    return [next(_numbers) for _ in range(count)]


def _try(server: Server, email: str, address: str, *, forwarded: str = "", password: str = WRONG) -> int:
    claim = f"198.51.100.{hash(address) % 250}"
    headers = dict.fromkeys(SPOOFED, claim) | ({"X_Forwarded_For": forwarded} if forwarded else {})
    with browser(server, address=address, **headers) as client:
        return client.post("/sign-in/", data={"email": email, "password": password}).status_code
