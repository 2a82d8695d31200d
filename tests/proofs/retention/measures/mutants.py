"""The proof can fail: with one of its safeguards taken out of the product, scenarios show it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from django.db.models import Q

from chat import holds as legal_holds
from chat.actions import rehearsal
from compliance import job_runs, retention
from compliance.registry import Expected
from tenants.keyring import ring
from tests.proofs.gate.stage import Figures, Stage
from tests.proofs.retention.scene import play
from tests.support.progress import say

KEYS: Final = ("mutants", "mutants_survived")
#: So many scenarios are played at most until one shows it.
TRIES: Final = 60
SEED: Final = 21


def _nothing() -> Q:
    return Q(pk__in=[])


def _moved(days: int) -> Callable[..., Any]:
    real = retention.cutoffs
    return lambda *given, **options: {
        name: at + timedelta(days=days) for name, at in real(*given, **options).items()
    }  # fmt: skip


def _without_visitors() -> Callable[..., dict[str, int]]:
    real = rehearsal._counted
    return lambda name, *given: {"contacts": 0} if name == "contacts" else real(name, *given)


MUTANTS: Final[dict[str, Callable[[], AbstractContextManager[Any]]]] = {
    "holds are not looked at": lambda: patch.object(legal_holds, "held", _nothing),
    "holds keep no visitor": lambda: patch.object(legal_holds, "held_contacts", _nothing),
    "searches match nothing": lambda: patch.object(legal_holds.HoldQuery, "condition", lambda _: _nothing()),
    "everything is kept two days too long": lambda: patch.object(retention, "cutoffs", _moved(-2)),
    "everything goes two days too early": lambda: patch.object(retention, "cutoffs", _moved(2)),
    "a killed run is not taken up": lambda: patch.object(job_runs, "_taken_up", lambda *_: None),
    "keys stay": lambda: patch.object(ring, "destroy_contact_keys", lambda *_: 0),
    "the rehearsal forgets visitors": lambda: patch.object(rehearsal, "_counted", _without_visitors()),
    "the rehearsal forgets forms": lambda: patch.object(rehearsal, "expected_attached", lambda *_: Expected()),
}


def measure(stage: Stage) -> Figures:
    """Play scenarios under each mutant until one is broken."""
    survived = []
    for name, mutant in MUTANTS.items():
        with mutant():
            if not any(play(number, SEED).violations for number in range(TRIES)):
                survived.append(name)
                say(f"nothing shows it when {name}")
    return {"mutants": len(MUTANTS), "mutants_survived": len(survived)}
