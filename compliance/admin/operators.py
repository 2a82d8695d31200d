"""Operators' pages of themselves: their own trail, and whose second factors are to be reset."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html

from compliance.actions.operator_recovery import NoResetError, SameOperatorError, approve_reset, decline_reset
from compliance.models import OperatorEntry, OperatorReset
from helpdesk.core import clock
from helpdesk.core.admin import ReadOnlyAdmin
from tenants.actors import Actor
from tenants.tenancy import operator, route

GONE = "It was answered already, or its time was over."
SAME = "You asked for it yourself: another operator has to agree."


@admin.register(OperatorEntry)
class OperatorEntryAdmin(ReadOnlyAdmin[OperatorEntry]):
    """What operators did and read, in whichever organisation: names of events, ids and states."""

    tenancy = operator()
    list_display = ("at", "event", "operator_id", "organisation_id", "object_kind", "object_id", "facts")
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-at", "-id")


@admin.register(OperatorReset)
class OperatorResetAdmin(ReadOnlyAdmin[OperatorReset]):
    """Whose second factors are to be taken away; a third operator agrees or declines."""

    tenancy = operator()
    list_display = ("asked_at", "user", "reason", "asked_by", "state", "decided_by", "decided_at")
    list_select_related = ("user", "asked_by", "decided_by")
    ordering = ("-asked_at", "-id")
    withheld = ("user__password", "asked_by__password", "decided_by__password")
    readonly_fields = ("state",)
    fields = ("asked_at", "user", "reason", "asked_by", "state", "decided_by", "decided_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OperatorReset]:
        return super().get_queryset(request).select_related("user", "asked_by", "decided_by")

    def get_urls(self) -> list[URLPattern]:
        deciding: Any = self.admin_site.admin_view(self.decide_view)
        deciding.model_admin = self
        own = route("<uuid:object_id>/decide/", deciding, self.tenancy, name="compliance_operatorreset_decide")
        return [own, *super().get_urls()]

    @admin.display(description="State")
    def state(self, reset: OperatorReset) -> str:
        if reset.is_open(clock.now()):
            address = reverse("admin:compliance_operatorreset_decide", args=[reset.id])
            return format_html('<a href="{}">Decide…</a>', address)
        return "Agreed" if reset.is_approved else "Declined, or over"

    def decide_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Agree or decline; the door asks for a fresh factor first."""
        reset = self.get_queryset(request).filter(id=object_id).first()
        if reset is None:
            raise Http404
        back = reverse("admin:compliance_operatorreset_changelist")
        if request.method == "POST":
            self._decide(request, reset)
            return HttpResponseRedirect(back)
        staff: Any = request.user
        context = self.admin_site.each_context(request) | {
            "title": "Reset of an operator's second factor",
            "reset": reset,
            "is_open": reset.is_open(clock.now()),
            "may_agree": staff.id not in {reset.user_id, reset.asked_by_id},
            "back": back,
        }
        return TemplateResponse(request, "admin/compliance/operatorreset/decide.html", context)

    def _decide(self, request: HttpRequest, reset: OperatorReset) -> None:
        staff: Any = request.user
        act = approve_reset if request.POST.get("agree") == "1" else decline_reset
        try:
            act(reset_id=reset.id, actor=Actor.operator(staff), now=clock.now())
        except NoResetError:
            messages.error(request, GONE)
        except SameOperatorError:
            messages.error(request, SAME)
        else:
            told = f"{reset.user.name} enrols anew at the next sign-in. All are told."
            messages.success(request, told if act is approve_reset else "Declined.")
