"""What django-axes calls: the only place that knows it."""

from typing import Any
from uuid import uuid4

from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest

from helpdesk.core import clock
from tenants.lockout import passes
from tenants.lockout.counting import Standing, count_try, forget_old
from tenants.lockout.names import email_of, failure_key
from tenants.models import User
from tenants.selectors import memberships_of
from tenants.tasks import record_lock


class CountingHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """What django-axes asks before a password is looked at, and tells afterwards."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Count the try; False where the name is locked, or is no name."""
        email = email_of(credentials)
        if email is None:
            return False
        key = failure_key(email, passes.pass_for(request, email, now=clock.now()))
        forget_old(now=clock.now())
        standing = count_try(email, key, now=clock.now())
        request.sign_in_standing = standing  # type: ignore[attr-defined]
        return standing.may_try

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Show that the name is locked, from the failure on that locked it."""
        standing: Standing | None = getattr(request, "sign_in_standing", None)
        if request is None or (standing is not None and standing.until is None):
            return
        request.axes_locked_out = True  # type: ignore[attr-defined]
        request.axes_credentials = credentials  # type: ignore[attr-defined]
        if standing is not None and standing.is_last:
            _tell_of_lock(email_of(credentials) or "")

    def user_logged_in(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        """Nothing to do: the backend has forgotten the failures (`tenants.sign_in`)."""

    def user_logged_out(self, sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        """Nothing to keep."""


def _tell_of_lock(email: str) -> None:
    """Have a lock recorded and mailed by a task of each organisation, which takes its time.

    The same is asked and sent for an address without account, whose organisation the worker then does not find.
    """
    found = User.objects.with_email(email).filter(is_active=True).exclude(email_confirmed_at=None)
    person = found.first() or User()
    for tenant_id, membership_id in [(each.tenant_id, each.membership_id) for each in memberships_of(person)] or [
        (uuid4(), uuid4())
    ]:
        record_lock.for_tenant(tenant_id).delay(membership_id=membership_id)
