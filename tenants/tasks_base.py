"""Celery tasks: each belongs to one organisation, named in a header of its message, or says that it belongs to none.

    @tenant_task(name="compliance.purge")
    def purge(tenant: Tenant, **_: object) -> None: ...

    purge.for_tenant(tenant.id).delay()

The scope of the organisation is open around the body. A long job takes `scope="by_batch"` and opens one per batch,
so that no transaction lasts as long as the job. Arguments are keywords and ids only: they lie in Valkey in clear.
A body also takes keys it does not know, since a message may be older or newer than the code.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from celery import Task, shared_task
from celery.utils.time import get_exponential_backoff_interval
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError

from helpdesk.core import clock
from tenants import signals
from tenants.models import Tenant, TenantStatus
from tenants.scoping import tenant_scope
from tenants.tenancy import NONE, Ids

logger = logging.getLogger(__name__)

HEADER: Final = "hushdesk_tenant"
# A lost database or Valkey comes back; anything else is a mistake that a repeat would only make again.
RETRIED: Final = (OperationalError, InterfaceError, BrokerError)
MAX_RETRIES: Final = 8
MAX_BACKOFF_S: Final = 300

Argument = UUID | str | int | bool
# What a decorator makes of a task's body; Celery has no types.
Declare = Callable[[Callable[..., None]], Any]


class NoTenantError(Exception):
    """A tenant's task came without the header that names the tenant."""


class NotAnIdError(Exception):
    """An argument that is no id, number or mark: it would lie in Valkey in clear."""


class HushdeskTask(Task):
    """What both kinds share: another try when a service was away; failures told by name and type alone."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.work(**kwargs)
        except RETRIED as error:
            pause_s = get_exponential_backoff_interval(2, self.request.retries, MAX_BACKOFF_S, full_jitter=True)
            raise self.retry(exc=error, countdown=pause_s, max_retries=MAX_RETRIES) from None

    def work(self, **arguments: Any) -> Any:
        """Do what the task is for."""
        with self._telling(None):
            return self.run(**arguments)

    @contextmanager
    def _telling(self, tenant_id: UUID | None) -> Iterator[None]:
        """Tell upwards how it ended; whoever hears it fails by themselves."""
        try:
            yield
        except Exception as error:
            self._tell(tenant_id, type(error).__name__)
            raise
        self._tell(tenant_id, "")

    def _tell(self, tenant_id: UUID | None, error: str) -> None:
        signals.task_ended.send_robust(
            sender=type(self), task=self.name, tenant_id=tenant_id, error=error, at=clock.now()
        )

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        logger.error("task failed", extra={"task": self.name, "task_id": task_id, "reason": type(exc).__name__})

    def on_retry(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        logger.warning("task retried", extra={"task": self.name, "task_id": task_id, "reason": type(exc).__name__})


class GlobalTask(HushdeskTask):
    """A task of no organisation: it may look at the directory of organisations and send others on their way.

    `alone`: why it sends nobody on their way.
    """

    abstract = True
    alone: str = ""


class TenantTask(HushdeskTask):
    """A task of the organisation that the message's header names."""

    abstract = True
    scope: Literal["around", "by_batch"] = "around"
    # Arguments that name rows; a test is red for one that is not said here.
    ids: Ids = NONE
    # In which states of the organisation it runs; in every other it is dropped.
    statuses: frozenset[str] = frozenset({TenantStatus.ACTIVE})

    def work(self, **arguments: Any) -> Any:
        tenant = self._tenant()
        if tenant is None:
            return None
        with self._telling(tenant.id), nullcontext() if self.scope == "by_batch" else tenant_scope(tenant):
            return self.run(tenant, **arguments)

    def for_tenant(self, tenant_id: UUID) -> "Enqueuer":
        """Name the organisation; `.delay(**ids)` then enqueues."""
        return Enqueuer(self, tenant_id)

    def _tenant(self) -> Tenant | None:
        header = (self.request.headers or {}).get(HEADER)
        if not header:
            raise NoTenantError(self.name)
        tenant = Tenant.objects.filter(id=UUID(header)).first()
        if tenant is None or tenant.status not in self.statuses:
            logger.info("task dropped: no such active organisation", extra={"task": self.name})
            return None
        return tenant


@dataclass(frozen=True, slots=True)
class Enqueuer:
    """A task with its organisation, ready to be sent."""

    task: TenantTask
    tenant_id: UUID

    def delay(self, **arguments: Argument) -> None:
        """Enqueue now. Inside a transaction use `transaction.on_commit`.

        Raises:
            NotAnIdError: An argument could be content.
        """
        self.after(0, **arguments)

    def after(self, pause_s: float, **arguments: Argument) -> None:
        """Enqueue to run after a pause, in seconds."""
        headers = {HEADER: str(self.tenant_id)}
        self.task.apply_async(kwargs=_plain(arguments), headers=headers, countdown=pause_s or None)

    def run_here(self, **arguments: Argument) -> None:
        """Run in this process, as the worker would: for commands and tests."""
        self.task.apply(kwargs=_plain(arguments), headers={HEADER: str(self.tenant_id)}, throw=True)


def tenant_task(
    *, name: str, scope: Literal["around", "by_batch"] = "around", ids: Ids = NONE, **options: Any
) -> Declare:
    """Declare a task of one organisation; its body is called with the `Tenant`."""
    declare: Declare = shared_task(name=name, base=TenantTask, scope=scope, ids=ids, typing=False, **options)
    return declare


def global_task(*, name: str, **options: Any) -> Declare:
    """Declare a task of no organisation."""
    declare: Declare = shared_task(name=name, base=GlobalTask, typing=False, **options)
    return declare


def _plain(arguments: Mapping[str, object]) -> dict[str, str | int | bool]:
    plain: dict[str, str | int | bool] = {}
    for key, value in arguments.items():
        if isinstance(value, UUID):
            plain[key] = str(value)
        elif isinstance(value, bool | int) or (isinstance(value, str) and is_name(value)):
            plain[key] = value
        else:
            raise NotAnIdError(key)
    return plain


def is_name(value: str) -> bool:
    """Whether a text is a name out of the code, such as a mode or a kind; anything people write is more."""
    return value.isidentifier() and len(value) <= 40


RECEIVING: Final = "celery.worker.strategy"
# Run every second, and told of only when they fail.
INCESSANT: Final = frozenset({"compliance.seal_every_tenant", "compliance.seal_tenant"})


class FailureFilter(logging.Filter):
    """Takes results, arguments and messages of exceptions out of what Celery itself logs about tasks."""

    def filter(self, record: logging.LogRecord) -> bool:
        data = getattr(record, "data", None)
        if isinstance(data, dict):
            name, task_id = data.get("name", "?"), data.get("id", "?")
            if name in INCESSANT and record.levelno < logging.WARNING:
                return False
            record.msg, record.args = "task %s [%s] %s", (name, task_id, _outcome(record))
            record.exc_info = None
        return True


def _outcome(record: logging.LogRecord) -> str:
    if record.name == RECEIVING:
        return "received"
    return "ended" if record.levelno < logging.WARNING else "did not end well"


def quieten_celery() -> None:
    """Install the filter; once per process is enough, more does no harm."""
    for name in ("celery.app.trace", RECEIVING):
        celery_logger = logging.getLogger(name)
        if not any(isinstance(each, FailureFilter) for each in celery_logger.filters):
            celery_logger.addFilter(FailureFilter())
