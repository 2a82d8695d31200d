"""The proof: plant, send, search, and with mutants send again to a service that masks less."""

import argparse
import time
from typing import Any, Final

from compliance.surfaces import SURFACES
from tests.proofs.canaries.browser import in_a_browser
from tests.proofs.canaries.drivers import talk
from tests.proofs.canaries.mutants import mutate
from tests.proofs.canaries.registry import DRIVERS, NOT_YET, Driver, unregistered
from tests.proofs.canaries.service import Service, running_service
from tests.proofs.canaries.sinks import Sinks
from tests.proofs.canaries.values import Book, Canary, Maker
from tests.support.progress import say

LEAST: Final = 800
OPENED: Final = (
    "frames of the visitor", "frames of the agent", "pages of the agent", "pages of the owner", "the widget", "export",
    "storage of a browser", "frames in a browser", "files that were handed over",
)  # fmt: skip


def run(options: argparse.Namespace, scratch: Any) -> dict[str, Any]:
    """Run what was asked for."""
    missing = unregistered() + sorted(SURFACES.keys() - driven() - NOT_YET.keys())
    for name in missing:
        say(f"UNREGISTERED {name}")
    maker, planted = Maker(), Book()
    plant = planted.add(maker.make(1))[0]
    with running_service(scratch) as service:
        # First, while there is little to search: what mutants let through is of none of the values below.
        caught, tried, survivors = mutate(service, scratch, maker, options.only) if options.mutate else (0, 0, [])
        sinks = Sinks(scratch, service.folder)
        sinks.plant(plant)
        for driver in DRIVERS.values():
            if options.only in driver.name:
                drive(service, driver, maker, options.each)
        in_a_browser(service, service.book.add(maker.cards(3)))
        export(service)
        enqueue()
        searched = sinks.search(service.book, planted)
        for one in searched:
            say(
                f"{one.name}: {sorted(one.hits)[:10] or 'nothing'}{'' if one.planted else ' NOT EVEN WHAT WAS PLANTED'}"
            )
        for where, hits in service.hits.items():
            say(f"{where}: {sorted(hits)[:10]}")
        seen = {where: service.hits.get(where, set()) for where in OPENED}
        hits = sum(len(one.hits) for one in searched) + sum(map(len, service.hits.values()))
        blind = [one.name for one in searched if not one.planted] + ([] if planted.hits_in(plant.text) else [*OPENED])
    for name in survivors:
        say(f"SURVIVED {name}")
    canaries = sum(service.sent.values())
    enough = canaries >= LEAST or options.short or bool(options.only)
    return {
        "ok": bool(service.sent) and enough and hits == 0 and not missing and not blind and caught == tried,
        "canaries": canaries, "surfaces": len(service.sent), "sinks": len(searched) + len(seen), "hits": hits,
        "mutants": tried, "mutants_caught": caught, "unregistered": len(missing), "blind_sinks": blind,
        "each": min(service.sent.values(), default=0),
    }  # fmt: skip


def driven() -> set[str]:
    """The surfaces of the product that a driver stands for."""
    return {name for driver in DRIVERS.values() for name in driver.masked_by}


def drive(service: Service, driver: Driver, maker: Maker, count: int) -> None:
    """Send so many values by one surface."""
    began = time.monotonic()
    canaries = service.book.add(canaries_for(driver, maker, count), readable=driver.readable)
    driver.drive(service, canaries)
    service.sent[driver.name] = len(canaries)
    say(f"{driver.name}: {len(canaries)} in {time.monotonic() - began:.1f} s")


def canaries_for(driver: Driver, maker: Maker, count: int) -> list[Canary]:
    if driver.name == "split number":
        return maker.split(count)
    return maker.cards(count) if driver.cards_only else maker.make(count)


def export(service: Service) -> None:
    """Everything the organisation holds of its conversations, as its owner may read it."""
    response = service.owner.post(f"/o/{service.slug}/settings/privacy/export/", {})
    if response.status_code != 200:
        raise AssertionError(response.text[-800:])
    talk.heard(service, "export", response.json())
    pages_of_agents = ["inbox/?queue=open", *(f"conversations/{one}/" for one in service.conversations[:3])]
    for page in pages_of_agents:
        service.show("pages of the agent", service.agent.get(f"/o/{service.slug}/{page}").text)


def enqueue() -> None:
    """Let a job go by the queue and be worked on."""
    from compliance.tasks import rescan_every_tenant

    rescan_every_tenant.delay()
    time.sleep(1)
