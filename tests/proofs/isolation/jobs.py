"""Probes of jobs: what runs for one organisation touches no other's rows."""

from typing import Any, Final
from uuid import uuid4

from celery import current_app

from tenants.tasks_base import HEADER, GlobalTask, NoTenantError, TenantTask
from tests.proofs.isolation.asking import undone
from tests.proofs.isolation.fingerprints import fingerprint
from tests.proofs.isolation.report import Report
from tests.proofs.isolation.sides import Side, World
from tests.proofs.isolation.situations import outdate, situation
from tests.proofs.isolation.stores import StoreProof

WORKER: Final = "worker"


class JobProof:
    """Every task with every header and with another organisation in its arguments; in a sample, with one of these."""

    def __init__(self, world: World, report: Report, *, is_sample: bool) -> None:
        self.world, self.report, self.is_sample = world, report, is_sample
        self.tasks = 0

    def run(self) -> None:
        current_app.loader.import_default_modules()
        for name, task in sorted(current_app.tasks.items()):
            if name.startswith("celery."):
                continue
            if isinstance(task, TenantTask):
                self.tenant_task(task)
            elif isinstance(task, GlobalTask):
                self.global_task(task)
            else:
                self.report.uncovered[(name, "run", "*", "*", WORKER)] = "it says neither of whom nor that of nobody"

    def tenant_task(self, task: TenantTask) -> None:
        acme, globex = str(self.world.acme.tenant.id), str(self.world.globex.tenant.id)
        tries: list[tuple[str, dict[str, str], dict[str, str]]] = [
            ("header:another tenant", {HEADER: globex}, {}),
            ("argument:tenant", {HEADER: globex}, {"tenant_id": acme, "organisation": acme}),
            ("header:nothing", {HEADER: str(uuid4())}, {}),
            ("header:missing", {}, {"tenant_id": acme}),
        ]
        tries += [(f"argument:{name}", {HEADER: globex}, {name: self.world.acme.value(kind)})
                  for name, kind in task.ids.items()]  # fmt: skip
        self.tasks += 1
        # By turns, so that a sample too has every position, each with some of the tasks.
        for position, headers, arguments in [tries[self.tasks % len(tries)]] if self.is_sample else tries:
            own = {name: self.world.globex.value(kind) for name, kind in task.ids.items()}
            changed = self.touches(task, headers, own | arguments, self.world.acme)
            cell = (task.name, "run", position, "organisation", WORKER)
            self.report.probed(cell, leak="it touched the other organisation's rows" if changed else "")
        self.report.controls += 1
        right = {name: self.world.acme.value(kind) for name, kind in task.ids.items()}
        if not self.touches(task, {HEADER: acme}, right, self.world.acme):
            self.report.uncovered[(task.name, "run", "*", "*", WORKER)] = "it does nothing to its own organisation"

    def global_task(self, task: GlobalTask) -> None:
        """A task of nobody has no scope: it can at most send others on their way."""
        sent: list[Any] = []
        sends = [one for one in current_app.tasks.values() if isinstance(one, TenantTask)]
        for one in sends:
            one.apply_async = lambda *_, **options: sent.append(options["headers"][HEADER])
        try:
            changed = self.touches(task, {}, {"tenant_id": str(self.world.acme.tenant.id)}, self.world.acme)
        finally:
            for one in sends:
                del one.apply_async
        cell = (task.name, "run", "argument:tenant", "organisation", WORKER)
        self.report.probed(cell, leak="it touched an organisation's rows" if changed else "")
        self.report.controls += 1
        wanted = set() if task.alone else {str(side.tenant.id) for side in (self.world.acme, self.world.globex)}
        if set(sent) != wanted:
            whom = "some, and said it would none" if task.alone else "not one for each organisation"
            self.report.uncovered[(task.name, "run", "*", "*", WORKER)] = f"it started {whom}"

    def touches(self, task: Any, headers: dict[str, str], arguments: dict[str, str], side: Side) -> bool:
        with undone(), situation(task.name, self.world):
            outdate(side)
            before = fingerprint(side)
            try:
                task.apply(kwargs=arguments, headers=headers, throw=True)
            except NoTenantError:
                return False
            return fingerprint(side) != before


def probe_jobs(world: World, report: Report, *, is_sample: bool) -> None:
    """Probe all jobs, and the stores of records that they walk."""
    JobProof(world, report, is_sample=is_sample).run()
    StoreProof(world, report).run()
