"""`bench tenancy`: what isolation costs a request, and how fast texts are sealed and opened.

Requests go through the service's own middleware to a view with so many queries. Both kinds run in turns on the same
connection and the same number of rows, one table fenced, the other its copy without row security, tenant scope or
transaction.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID, uuid4

import psycopg

from tests.support.progress import say

REQUESTS: Final = 500
TEXTS: Final = 20_000
TEXT: Final = ("A message of some two hundred bytes, as visitors write them. " * 4)[:200]
MAX_OVERHEAD: Final = 1.25
MIN_PER_S: Final = 500_000


def main(argv: Sequence[str]) -> int:
    """Run on servers of its own; the last line is the result."""
    from helpdesk.launch import prove

    if given := prove.foreign(os.environ):
        print(f"A bench starts its own servers: unset {', '.join(given)}.", file=sys.stderr)
        return 1
    with prove.scratch() as scratch:
        result = measured(scratch)
    print(json.dumps(result), flush=True)
    return 0 if result["ok"] else 1


def measured(scratch: Any) -> dict[str, Any]:
    import django

    django.setup()
    from helpdesk.core import clock
    from tests.factories.stored import store_contact
    from tests.factories.tenants import make_person, make_tenant

    now = clock.now()
    tenant = make_tenant("Acme", owner=make_person("Olive", now=now), now=now)
    ids = [store_contact(tenant, at=now).id for _ in range(300)]
    _copy_without_fence(scratch.superuser_url())
    overheads = {count: round(_overhead(tenant, ids, count), 3) for count in (5, 20)}
    seal_per_s, open_per_s = _ciphers(tenant, ids[0])
    result = {
        "overhead_at_5_queries": overheads[5],
        "overhead_at_20_queries": overheads[20],
        "seal_per_s": seal_per_s,
        "open_per_s": open_per_s,
    }
    ok = max(overheads.values()) <= MAX_OVERHEAD and min(seal_per_s, open_per_s) >= MIN_PER_S
    return {"ok": ok, **result}


def _copy_without_fence(superuser_url: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bench_contact (LIKE chat_contact INCLUDING ALL)")
        connection.execute("INSERT INTO bench_contact SELECT * FROM chat_contact")
        connection.execute("GRANT SELECT ON bench_contact TO hd_app")
        connection.execute("ANALYZE bench_contact")
        connection.execute("ANALYZE chat_contact")


def _overhead(tenant: Any, ids: list[UUID], count: int) -> float:
    """Return how many times longer a request of so many queries takes inside the fences."""
    requests = _requests(tenant, ids, count)
    # In turns, request by request, and the median of each: whatever else the machine does meets both alike.
    spent: tuple[list[float], list[float]] = ([], [])
    for number in range(REQUESTS):
        for index, request in enumerate(requests):
            spent[index].append(_timed(request, number))
    bare_s, fenced_s = map(statistics.median, spent)
    say(f"{count} queries: {bare_s * 1e3:.2f} ms bare, {fenced_s * 1e3:.2f} ms fenced")
    return fenced_s / bare_s


def _requests(tenant: Any, ids: list[UUID], count: int) -> list[Callable[[int], None]]:
    """Return the bare and the fenced request."""
    from chat.models import Contact
    from tenants.scoping import tenant_scope

    unfenced: Any = _without_fence(count)

    def fenced(start: int) -> None:
        with tenant_scope(tenant.id):
            for number in range(count):
                Contact.objects.get(id=ids[(start + number) % len(ids)])

    def bare(start: int) -> None:
        for number in range(count):
            unfenced.objects.get(tenant_id=tenant.id, id=ids[(start + number) % len(ids)])

    return [_request(view) for view in (bare, fenced)]


def _without_fence(count: int) -> Any:
    """Return a model of the copied table, with the same columns."""
    from django.db import models

    from chat.models import Contact

    columns = {one.name: one.clone() for one in Contact._meta.local_concrete_fields if one.name != "tenant"}

    class Meta:
        app_label = f"bench{count}"
        db_table = "bench_contact"
        managed = False

    members = {**columns, "tenant_id": models.UUIDField(), "Meta": Meta, "__module__": __name__}
    return type("Unfenced", (models.Model,), members)


def _request(work: Callable[[int], None]) -> Callable[[int], None]:
    """Return a whole request, through every middleware, whose view does the work."""
    from django.core.handlers.base import BaseHandler
    from django.http import HttpResponse
    from django.test import RequestFactory
    from django.urls import path

    def view(_request: Any, start: int) -> HttpResponse:
        work(start)
        return HttpResponse("ok")

    class Urls:
        urlpatterns = [path("<int:start>/", view)]

    handler, factory = BaseHandler(), RequestFactory(headers={"Host": "app.localhost"})
    handler.load_middleware()

    def request(start: int) -> None:
        asked = factory.get(f"/{start}/")
        asked.urlconf = Urls
        if handler.get_response(asked).status_code != 200:
            raise AssertionError("the request failed")

    return request


def _timed(request: Callable[[int], None], number: int) -> float:
    begun = time.perf_counter()
    request(number)
    return time.perf_counter() - begun


def _ciphers(tenant: Any, contact_id: UUID) -> tuple[int, int]:
    """Return how many texts of 200 bytes one core seals, and opens, in a second of its time: best of five."""
    from tenants.encryption import Slot, column_of, opening, sealing

    slots = [Slot(tenant.id, contact_id, column_of("chat_message", "body"), uuid4()) for _ in range(TEXTS)]
    seal, opened = sealing.seal, opening.open_sealed
    best = [0.0, 0.0]
    for _ in range(5):
        begun = time.process_time()
        envelopes = [seal(slot, TEXT) for slot in slots]
        between = time.process_time()
        texts = [opened(slot, envelope) for slot, envelope in zip(slots, envelopes, strict=True)]
        ended = time.process_time()
        if texts[-1] != TEXT:
            raise AssertionError("not what was sealed")
        best = [max(best[0], TEXTS / (between - begun)), max(best[1], TEXTS / (ended - between))]
    return round(best[0]), round(best[1])
