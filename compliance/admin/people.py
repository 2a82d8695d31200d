"""Operators' page of the people who sign in."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from compliance.actions.people import set_user_active
from helpdesk.core import clock
from helpdesk.core.admin import ReadOnlyAdmin
from tenants.actors import Actor
from tenants.models import User
from tenants.permissions import NotPermittedError
from tenants.tenancy import operator


@admin.register(User)
class PersonAdmin(ReadOnlyAdmin[User]):
    """Who signs in. The address is a work address and tells two people of one name apart."""

    tenancy = operator()
    list_display = ("name", "email", "is_active", "is_operator", "confirmed", "last_login")
    list_filter = ("is_active", "is_operator")
    search_fields = ("name", "email")
    ordering = ("name", "id")
    withheld = ("password",)
    fields = ("name", "email", "is_active", "is_operator", "email_confirmed_at", "last_login", "created_at")
    actions = ("deactivate", "reactivate")

    @admin.display(boolean=True)
    def confirmed(self, user: User) -> bool:
        return user.is_confirmed

    @admin.action(description="Deactivate: end every session and refuse to sign in")
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_active(request, users, is_active=False)

    @admin.action(description="Let sign in again")
    def reactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_active(request, users, is_active=True)

    def _set_active(self, request: HttpRequest, users: QuerySet[User], *, is_active: bool) -> None:
        staff: Any = request.user
        done = 0
        for user in users:
            try:
                set_user_active(user=user, is_active=is_active, actor=Actor.operator(staff), now=clock.now())
            except NotPermittedError:
                self.message_user(request, "You can't deactivate yourself.", messages.ERROR)
            else:
                done += 1
        self.message_user(request, f"{done} people {'may sign in' if is_active else 'are shut out'}.")
