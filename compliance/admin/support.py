"""Operators' pages of support access: ask an organisation's owners, see what was asked and granted."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse

from compliance.actions.reasons import MAX_REASON, ReasonMissingError
from compliance.actions.support import AlreadyAskedError, NotOpenError, ask
from compliance.models import SupportGrant
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.admin_scope import OfOneOrganisation
from tenants.models import Tenant
from tenants.tenancy import operator, route

DESK = "chat:support_desk"


class AskForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text="Shown to the owners and kept in both audit trails, masked: no names, no numbers.",
        error_messages={"required": "Say why: the owners decide by it."},
    )


@admin.register(SupportGrant)
class SupportGrantAdmin(OfOneOrganisation[SupportGrant]):
    """What operators have asked of an organisation, and what became of it."""

    list_display = ("asked_at", "operator", "reason", "state_now", "approved_at", "until", "ended_as", "ended_at")
    list_select_related = ("operator",)
    ordering = ("-asked_at", "-id")
    withheld = ("operator__password",)
    readonly_fields = ("state_now",)
    fields = (
        "asked_at", "operator", "reason", "state_now", "approved_at", "until", "is_break_glass", "ended_as", "ended_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportGrant]:
        return super().get_queryset(request).select_related("operator")

    @admin.display(description="State")
    def state_now(self, grant: SupportGrant) -> str:
        return str(grant.state(clock.now()).label)

    def get_urls(self) -> list[URLPattern]:
        asking = self.admin_site.admin_view(self.ask_view)
        own = route("ask/<uuid:tenant_id>/", asking, operator(), name="compliance_supportgrant_ask")
        return [own, *super().get_urls()]

    def ask_view(self, request: HttpRequest, tenant_id: UUID) -> HttpResponse:
        """Ask the owners of an organisation; they are told by mail."""
        tenant = Tenant.objects.filter(id=tenant_id).first()
        if tenant is None:
            raise Http404
        form = AskForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            staff: Any = request.user
            try:
                ask(tenant=tenant, reason=form.cleaned_data["reason"], actor=Actor.operator(staff), now=clock.now())
            except AlreadyAskedError:
                messages.info(request, "You have asked already, or have access.")
                return HttpResponseRedirect(reverse(DESK))
            except NotOpenError:
                form.add_error(None, "The organisation is suspended or closing: nothing of it is shown.")
            except ReasonMissingError:
                form.add_error("reason", "Say why: the owners decide by it.")
            else:
                messages.success(request, f"The owners of {tenant.name} are told. You see here when one agrees.")
                return HttpResponseRedirect(reverse(DESK))
        context = self.admin_site.each_context(request) | {
            "title": "Ask for support access",
            "organisation": tenant,
            "form": form,
            "back": reverse("admin:tenants_tenant_change", args=[tenant.id]),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/compliance/supportgrant/ask.html", context, status=status)
