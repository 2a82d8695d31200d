"""Operators' page of the people who sign in."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse

from compliance.actions.factor_recovery import reset_user_factors
from compliance.actions.operator_recovery import AlreadyAskedError, NoResetError, ask_reset
from compliance.actions.people import set_user_active
from compliance.recovery_views import ResetForm
from helpdesk.core import clock
from helpdesk.core.admin import ReadOnlyAdmin
from tenants import fresh_factor
from tenants.actors import Actor
from tenants.models import User
from tenants.operator_role import as_themselves
from tenants.permissions import NotPermittedError
from tenants.tenancy import operator, route


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
    change_form_template = "admin/tenants/user/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        reset: Any = self.admin_site.admin_view(self.reset_factors_view)
        # As Django's own pages say whose rows they show.
        reset.model_admin = self
        pattern = route("<uuid:object_id>/factors/", reset, self.tenancy, name="tenants_user_reset_factors")
        return [pattern, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        person = self.get_object(request, object_id)
        own: Any = request.user
        may = person is not None and person.id != own.id
        reset_url = reverse("admin:tenants_user_reset_factors", args=[object_id]) if may else ""
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "reset_url": reset_url})

    def reset_factors_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Ask for a reason and a fresh factor of the operator's; then take the person's factors away."""
        staff: Any = request.user
        person = self.get_queryset(request).filter(id=object_id).first()
        if person is None or (person.is_operator and person.id == staff.id):
            raise Http404
        if person.is_operator:
            return self._ask_reset(request, person)
        back = reverse("admin:tenants_user_change", args=[person.id])
        form = ResetForm(request.POST or None)
        if request.method == "POST" and _is_present(request, form):
            reason = form.cleaned_data["reason"]
            reset_user_factors(user=person, reason=reason, actor=Actor.operator(staff), now=clock.now())
            messages.success(request, f"{person.name} sets up a new second factor at the next sign-in. All are told.")
            return HttpResponseRedirect(back)
        context = self.admin_site.each_context(request) | {
            "title": "Reset second factor",
            "person": person,
            "form": form,
            "back": back,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/tenants/user/reset_factors.html", context, status=status)

    def _ask_reset(self, request: HttpRequest, person: User) -> HttpResponse:
        """Of a colleague it is asked for, and a third operator agrees."""
        staff: Any = request.user
        form = ResetForm(request.POST or None)
        if request.method == "POST" and _is_present(request, form):
            try:
                reason = form.cleaned_data["reason"]
                ask_reset(user=person, reason=reason, actor=Actor.operator(staff), now=clock.now())
            except AlreadyAskedError:
                messages.info(request, "It is asked for already. A third operator decides.")
            except NoResetError:
                messages.error(request, "This account is shut out, so there is nothing to let back in.")
            else:
                messages.success(request, "Asked. A third operator has to agree; all are told by mail.")
            return HttpResponseRedirect(reverse("admin:compliance_operatorreset_changelist"))
        context = self.admin_site.each_context(request) | {
            "title": "Ask for the reset of a second factor",
            "person": person,
            "form": form,
            "back": reverse("admin:tenants_user_change", args=[person.id]),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/tenants/user/reset_factors.html", context, status=status)

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


def _is_present(request: HttpRequest, form: ResetForm) -> bool:
    with as_themselves():
        return fresh_factor.accept(form, request, now=clock.now())
