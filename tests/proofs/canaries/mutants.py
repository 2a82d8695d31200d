"""Each masking call taken out in turn: its surface alone is driven again, and what it lets through must be found."""

from collections.abc import Callable
from typing import Any

from compliance.surfaces import SURFACES
from tests.proofs.canaries.drivers import talk
from tests.proofs.canaries.registry import DRIVERS, NOT_YET, Driver
from tests.proofs.canaries.service import Service
from tests.proofs.canaries.sinks import Sinks, found_in, found_in_files
from tests.proofs.canaries.values import Book, Maker

FEW = 12


def mutate(service: Service, scratch: Any, maker: Maker, only: str = "") -> tuple[int, int, list[str]]:
    """Return how many mutants were caught, how many there were, and the names of those that were not.

    `only` those of surfaces with this in their name.
    """
    sinks = Sinks(scratch, service.folder)
    survivors, tried = [], 0
    for name, driver, levers in mutants():
        if only not in driver.name:
            continue
        tried += 1
        service.book, service.hits = Book(), {}
        service.pull(**levers)
        try:
            drive(service, driver, maker)
        finally:
            service.pull()
        if not (service.hits or found_in(sinks._dump(), service.book) or logged(service)):
            survivors.append(name)
    service.book, service.hits, service.conversations = Book(), {}, []
    return tried - len(survivors), tried, survivors


def mutants() -> list[tuple[str, Driver, dict[str, list[str]]]]:
    """One for each masking call, by the surface and the driver that reaches it, and for what else is done."""
    found = [
        (f"{driver.name}: {surface}", driver, {"unmasked": [surface]})
        for driver in DRIVERS.values()
        for surface in driver.masked_by
    ]
    found.append(("split number: window", DRIVERS["split number"], {"taken_out": ["window"]}))
    found.append(("page address: query", DRIVERS["page address"], {"taken_out": ["query"]}))
    found.append(("referrer: query", DRIVERS["referrer"], {"taken_out": ["query"]}))
    found.append(("log: addresses", DRIVERS["addresses and headers"], {"taken_out": ["log"]}))
    found.append(("log: exceptions", DRIVERS["subject"], {"taken_out": ["log"]}))
    unreached = SURFACES.keys() - NOT_YET.keys() - {each for _, driver, _ in found for each in driver.masked_by}
    assert not unreached, unreached
    return found


def drive(service: Service, driver: Driver, maker: Maker) -> None:
    make: Callable[[int], Any] = maker.cards if driver.cards_only else maker.make
    canaries = maker.split(FEW) if driver.name == "split number" else make(FEW)
    service.book.add(canaries, readable=driver.readable)
    service.conversations = []
    driver.drive(service, canaries)
    if service.conversations:
        for conversation in service.conversations[:FEW]:
            response = service.agent.get(f"/o/{service.slug}/conversations/{conversation}/")
            service.show("pages of the agent", response.text)
            panel = service.agent.get(f"/o/{service.slug}/conversations/{conversation}/visitor/")
            service.show("pages of the agent", panel.text)
    talk.heard(service, "export", service.owner.post(f"/o/{service.slug}/settings/privacy/export/", {}).json())


def logged(service: Service) -> set[str]:
    return found_in_files(iter([service.folder / "web.log"]), service.book)
