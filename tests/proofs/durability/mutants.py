"""The product broken in one way, to see the proof go red. Served instead of it: uvicorn loads `application` from here.

A mutant takes out one line of defence. Which one, the environment says.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

VARIABLE: Final = "DURABILITY_MUTANT"
APPLICATION: Final = "tests.proofs.durability.mutants:application"


@dataclass(frozen=True)
class Mutant:
    """How the product is broken, what has to be killed to show it, and which count then is not 0."""

    apply: Callable[[], None]
    kills: tuple[str, ...]
    seen_as: str
    # Run by the owner on the scratch database before.
    sql: str = ""


def _acknowledge_unwritten() -> None:
    from tenants import pipelined

    pipelined._LOCAL += ", set_config('synchronous_commit', 'off', true)"  # type: ignore[misc]


def _store_repeats() -> None:
    from chat.delivery import statement

    for name in ("PASSING", "WAITING"):
        whole = getattr(statement, name)
        broken = whole.replace("AND message.client_id = given.client_id", "AND false")
        if broken == whole:
            raise LookupError("the statement looks for repeats in other words")
        setattr(statement, name, broken)


def _resume_nothing() -> None:
    from chat.consumers import agent, visitor

    for module in (agent, visitor):
        _answer_empty(module)


def _answer_empty(module: Any) -> None:
    whole = module.resumed

    async def resumed(*args: Any, **options: Any) -> Any:
        return (await whole(*args, **options)).model_copy(update={"messages": [], "complete": True})

    module.resumed = resumed


def _mend_no_gap() -> None:
    from chat.consumers import attending
    from chat.delivery.hub import Hub

    whole = attending.HeartbeatSent
    Hub._lost = lambda *_: None  # type: ignore[method-assign]
    attending.HeartbeatSent = lambda **_: whole(conversations=[])  # type: ignore[misc,assignment]


def _count_notes() -> None:
    from chat.delivery.sealed import Committed

    Committed.sequence_for = lambda self, _: self.sequence  # type: ignore[method-assign]


MUTANTS: Final[dict[str, Mutant]] = {
    "acknowledged before it is written": Mutant(_acknowledge_unwritten, ("PostgreSQL",), "lost"),
    "a repeat is stored again": Mutant(
        _store_repeats, ("PostgreSQL", "web"), "doubled",
        "ALTER TABLE chat_message DROP CONSTRAINT message_client_id_once",
    ),
    "nothing is resumed": Mutant(_resume_nothing, ("web",), "lost"),
    "gaps are not looked for": Mutant(_mend_no_gap, (), "lost"),
    "a visitor's acknowledgement counts notes": Mutant(_count_notes, (), "out_of_order"),
}  # fmt: skip


def _application() -> Any:
    from helpdesk.asgi import application

    if name := os.environ.get(VARIABLE):
        MUTANTS[name].apply()
    return application


def __getattr__(name: str) -> Any:
    # Made when a server asks for it: whoever only reads the list of mutants needs no application.
    if name == "application":
        return _application()
    raise AttributeError(name)
