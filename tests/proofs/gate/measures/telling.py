"""Whether an answer, by its text, its status or its time, tells who has an account.

Names that exist, that don't and that are not confirmed yet are tried in turn with a wrong password on one server, by
the hash that a deployment uses. The figure is the chance that a random answer for one kind takes longer than a random
one for another, as far as it is from a half (Mann-Whitney); text and status are compared as they are.
"""

import itertools
import random
import re
import time
from typing import Any, Final

from tests.proofs.gate.stage import Figures, Stage, browser
from tests.support.server import Server

KEYS: Final = ("telling_answers", "telling_time", "telling_time_locked")
# It takes as many hashes as it has answers; texts and statuses are compared by tests of their own.
IN_SUITE: Final = False
WRONG: Final = "not this one at all"
TRIES: Final = 5
ARGON2: Final = "django.contrib.auth.hashers.Argon2PasswordHasher"
# Of 100 answers a kind, chance alone is further than this from a half about once in 4,000.
FAR: Final = 0.15


def measure(stage: Stage) -> Figures:
    """Time every kind of failure; a lock, too, is the same for everyone."""
    each = 2 if stage.is_short else 20
    emails = _people(each)
    with stage.served(DJANGO_SETTINGS_MODULE="helpdesk.settings") as server:
        first = _tried(server, emails, TRIES)
        # The next try locks; those after it are answered without a look at the password.
        _tried(server, emails, 1)
        locked = _tried(server, emails, TRIES)
    # An unknown name may be locked by any of the rules there are, so it may get more answers than one that exists.
    said = {kind: {answer[:2] for taken in (first, locked) for answer in taken[kind]} for kind in first}
    only_theirs = (said["known"] | said["new"]) - said["no"]
    return {
        "telling_answers": len(only_theirs),
        "telling_time": _furthest(first),
        "telling_time_locked": _furthest(locked),
        "telling_tries": TRIES * each,
        "telling_median_ms": {kind: round(_median([took for *_, took in of]) * 1000, 1) for kind, of in first.items()},
    }


def holds(figures: Figures) -> bool:
    """Whether nothing tells."""
    return bool(figures["telling_answers"] == 0 and max(figures["telling_time"], figures["telling_time_locked"]) < FAR)


def _people(each: int) -> dict[str, list[str]]:
    from django.contrib.auth.hashers import make_password
    from django.test.utils import override_settings

    from helpdesk.core import clock
    from tenants.models import User

    emails = {kind: _usual(kind, each) for kind in ("known", "new", "no")}
    with override_settings(PASSWORD_HASHERS=[ARGON2]):
        sealed = make_password("seven quiet otters")
    for kind, confirmed_at in (("known", clock.now()), ("new", None)):
        for email in emails[kind]:
            User.objects.create(
                email=email, name="Kim", password=sealed, created_at=clock.now(), email_confirmed_at=confirmed_at
            )
    return emails


def _usual(kind: str, each: int) -> list[str]:
    """Names that are locked by the usual rule: what a name of nobody seems to have may be another."""
    from tenants.lockout.rules import USUAL, rule_for

    names = (f"{kind}{number}@telling.example" for number in itertools.count())
    return list(itertools.islice((name for name in names if rule_for(name) == USUAL), each))


def _tried(server: Server, emails: dict[str, list[str]], tries: int) -> dict[str, list[tuple[int, str, float]]]:
    taken: dict[str, list[tuple[int, str, float]]] = {kind: [] for kind in emails}
    for _ in range(tries):
        order = [(kind, email) for kind, those in emails.items() for email in those]
        random.shuffle(order)
        for kind, email in order:
            taken[kind].append(_try(server, email))
    return taken


def _try(server: Server, email: str) -> tuple[int, str, float]:
    address = f"127.{random.randint(100, 190)}.{random.randint(0, 255)}.{random.randint(1, 250)}"
    with browser(server, address=address) as client:
        client.get("/healthz")
        began = time.perf_counter()
        answer = client.post("/sign-in/", data={"email": email, "password": WRONG})
        took = time.perf_counter() - began
    text = re.sub(r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"|in \d+ (minutes|seconds)', "", answer.text)
    return answer.status_code, text.replace(email, ""), took


def _furthest(taken: dict[str, list[tuple[int, str, float]]]) -> float:
    times = {kind: [took for *_, took in of] for kind, of in taken.items()}
    kinds = list(times)
    pairs = [(one, other) for place, one in enumerate(kinds) for other in kinds[place + 1 :]]
    return round(max(abs(_chance(times[one], times[other]) - 0.5) for one, other in pairs), 3)


def _chance(those: list[float], others: list[float]) -> float:
    return sum((one > other) + 0.5 * (one == other) for one in those for other in others) / len(those) / len(others)


def _median(values: list[Any]) -> float:
    return float(sorted(values)[len(values) // 2])
