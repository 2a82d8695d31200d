"""The Celery app: queues, and the schedule. It is in code so that nobody can switch a retention job off."""

import os
from typing import Any, Final

import django
from celery import Celery
from celery.schedules import crontab
from celery.signals import import_modules, worker_init

from compliance.nightly import PURGE_AT
from helpdesk.core.loading import loading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
# They take a tenth of a worker's start, and Celery throws away what they say.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")

SCHEDULE: Final = {
    # Nightly, when chats are few; each organisation has a task of its own.
    "purge-expired": {
        "task": "compliance.purge_every_tenant",
        "schedule": crontab(hour=PURGE_AT.hour, minute=PURGE_AT.minute),
    },
    # What a killed worker has left of it is not left until the next night.
    "take-up-purges": {"task": "compliance.take_up_purges", "schedule": crontab(minute="*/10")},
    # Somebody waits for it at a page.
    "take-up-evidence": {"task": "compliance.take_up_every_tenants_evidence", "schedule": crontab(minute="*/2")},
    # Often, so that a key that was turned is soon the only one.
    "turn-keys": {"task": "compliance.turn_every_tenants_keys", "schedule": crontab(minute="*/5")},
    "rewrap-keys": {"task": "compliance.rewrap_everything", "schedule": crontab(hour=3, minute=45)},
    "close-due": {"task": "compliance.close_due_tenants", "schedule": crontab(minute=20)},
    # Hourly, so that a reminder comes on its day, and what a mode asks for is soon asked wherever a task was lost.
    "train": {"task": "compliance.train_every_tenant", "schedule": crontab(minute=35)},
    # Often, so that chats written under older rules are soon masked by the newest ones, and a run whose worker was
    # killed soon goes on.
    "rescan-stored": {"task": "compliance.rescan_every_tenant", "schedule": crontab(minute="*/3")},
    # Often, so that a setting changed behind the application is raised, and right again, within minutes.
    "watch-settings": {"task": "compliance.watch_every_tenants_settings", "schedule": crontab(minute="*/2")},
    # An entry waits for a second at most; where the worker is behind, what was sent before need not be done as well.
    "seal-audit": {"task": "compliance.seal_every_tenant", "schedule": 1.0, "options": {"expires": 5}},
    # What happens to the trail behind the application's back is found as of the last anchor.
    "anchor-audit": {"task": "compliance.anchor_audit", "schedule": crontab(minute="*/5")},
    "verify-audit": {"task": "compliance.verify_every_trail", "schedule": crontab(hour=4, minute=30)},
    # Hourly: what is told of in one run goes in the next, once it is anchored, and a long trail goes step by step.
    "expire-audit": {"task": "compliance.expire_every_trail", "schedule": crontab(minute=50)},
    # Hourly, so that a deadline that is near is told of on its day, and what nobody was told of soon is.
    "remind": {"task": "compliance.remind_every_tenant", "schedule": crontab(minute=5)},
    # What should have run and did not is found within minutes; a monitor outside looks whether this one runs
    # (`manage.py check_controls`).
    "watch-controls": {"task": "compliance.watch_every_tenants_controls", "schedule": crontab(minute="*/10")},
    # Whoever tries other organisations' addresses is in their register within minutes.
    "look-for-probes": {"task": "compliance.look_for_probes", "schedule": crontab()},
    # Once a day, after the night's other jobs: evidence is built from what stands in the trail alone.
    "observe-controls": {"task": "compliance.observe_every_tenants_controls", "schedule": crontab(hour=5, minute=10)},
    "look-after-places": {"task": "tenants.look_after_places", "schedule": crontab(minute="*/5")},
    # Support access is over by the clock; this writes it down where the task of its end was lost.
    "end-support": {"task": "compliance.end_support_everywhere", "schedule": crontab(minute="*/10")},
    # Nightly: who was not here for too long is refused by the gate in any case.
    "look-after-people": {"task": "tenants.look_after_people", "schedule": crontab(hour=1, minute=45)},
    # Every minute: nobody should wait for long for an agent who is gone.
    # Every minute: what ran out is gone at that second, and whoever waits is told soon.
    "look-after-forms": {"task": "chat.look_after_every_tenants_forms", "schedule": crontab()},
    # A check that was lost is done again soon, and what waits for a scanner passes soon after it is back.
    "look-after-files": {"task": "chat.look_after_every_tenants_files", "schedule": crontab()},
    # Often, so that a request of a visitor is soon known to who answers it, and an erasure soon taken up again.
    "look-after-requests": {"task": "chat.look_after_every_tenants_requests", "schedule": crontab(minute="*/10")},
    # Every minute: whoever has left is written to two minutes after the answer.
    "mail-links": {"task": "chat.mail_every_tenants_links", "schedule": crontab()},
    "hand-over": {"task": "chat.hand_over_every_tenant", "schedule": crontab()},
}


def configure(app: Celery) -> None:
    """Tell an app where the broker is, how tasks are handed on, and what is due when."""
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        timezone="UTC",
        # A lost broker must not keep a web process waiting: what is urgent never goes by Celery.
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 5},
        beat_schedule=SCHEDULE,
    )


@import_modules.connect  # type: ignore[untyped-decorator]
def set_up(sender: Celery, **_: Any) -> None:
    """Set Django up before Celery's part for Django does, which would look for garbage meanwhile."""
    if sender is app:
        with loading():
            django.setup()


app = Celery("hushdesk")
configure(app)
app.autodiscover_tasks()


@worker_init.connect  # type: ignore[untyped-decorator]
def refuse_unsafe_role(**_: Any) -> None:
    """A worker that could see past row security must not start."""
    from tenants.guard import check_database_role  # Django is set up only now

    check_database_role()
