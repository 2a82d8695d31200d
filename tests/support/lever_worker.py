"""The worker with a lever (`tests.support.lever`): `LEVER=/a/file celery -A tests.support.lever_worker worker`."""

from helpdesk.celery import app
from tests.support import lever

__all__ = ["app", "lever"]
