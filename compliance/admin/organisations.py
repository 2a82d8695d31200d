"""Operators' page of organisations: state, region, how long chats are kept, HIPAA and PCI mode."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.views.decorators.http import require_POST

from compliance import mode_requirements, retention
from compliance.actions import closing
from compliance.actions.keys import rotate_tenant_key
from compliance.actions.organisations import set_tenant_region, set_tenant_state
from compliance.actions.retention import ModeWantsSpanError, require_span, set_policy
from compliance.admin.organisation_facts import effects_after, facts_of
from compliance.key_forms import CloseForm
from compliance.mode_pages import steps
from compliance.mode_pages.steps import STEPS, NotDoneError, Step
from compliance.models import RecordClass
from compliance.retention_table import MAX_KEEP_DAYS, MIN_KEEP_DAYS
from helpdesk.core import clock
from helpdesk.core.admin import UnloggedAdmin
from tenants import fresh_factor
from tenants.actors import Actor
from tenants.fresh_factor import FreshCodeForm as StopForm
from tenants.keyring.models import Purpose
from tenants.keyring.ring import KeyUnavailableError
from tenants.keyring.rotation import RotationRunningError
from tenants.kms import KeyProviderError
from tenants.models import Region, Tenant, TenantStatus
from tenants.operator_role import as_themselves
from tenants.policy_rows.row import MODES, Mode
from tenants.scoping import tenant_scope
from tenants.tenancy import operator, route


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    """State, region, retention. Each is written by its action; the form itself saves nothing."""

    keep_days = forms.IntegerField(
        label="Keep conversations for",
        required=False,
        min_value=MIN_KEEP_DAYS,
        max_value=MAX_KEEP_DAYS,
        help_text="Days after the last event. Empty: until erased by hand.",
    )

    class Meta:
        model = Tenant
        fields = ("region", "status")
        help_texts = {"slug": "Its place in addresses."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.status in {TenantStatus.CLOSING, TenantStatus.CLOSED}:
            self.fields["status"].disabled = True
        else:
            by_hand = (TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
            self.fields["status"].choices = [(status.value, status.label) for status in by_hand]  # type: ignore[attr-defined]
        if self.instance.pk and not self.instance._state.adding:
            with tenant_scope(self.instance.id):
                self.initial["keep_days"] = retention.chosen().get(RecordClass.CONVERSATION)

    def clean_keep_days(self) -> int | None:
        days: int | None = self.cleaned_data["keep_days"]
        try:
            require_span(self.instance, RecordClass.CONVERSATION, days)
        except ModeWantsSpanError as wants:
            if "keep_days" in self.changed_data:
                raise forms.ValidationError(str(wants)) from None
        return days


@admin.register(Tenant)
class OrganisationAdmin(UnloggedAdmin[Tenant]):
    """The directory of organisations. None is added or deleted here: organisations sign up."""

    tenancy = operator()
    form = OrganisationForm
    change_form_template = "admin/tenants/tenant/change_form.html"
    list_display = ("name", "slug", "region", "status", "hipaa_state", "pci_state", "created_at")
    list_filter = ("status", "region", "hipaa_state", "pci_state")
    search_fields = ("name", "slug")
    ordering = ("name", "id")
    fields = ("name", "slug", "created_at", "region", "status", "keep_days")
    readonly_fields = ("name", "slug", "created_at")

    def get_urls(self) -> list[URLPattern]:
        switch = self.admin_site.admin_view(self.switch_mode_view)
        address = "<uuid:tenant_id>/modes/<str:mode>/<str:state>/"
        pattern = route(address, switch, self.tenancy, name="tenants_tenant_switch_mode")
        rotate = self.admin_site.admin_view(require_POST(self.rotate_key_view))
        address = "<uuid:tenant_id>/keys/<str:purpose>/rotate/"
        rotating = route(address, rotate, self.tenancy, name="tenants_tenant_rotate_key")
        close = self.admin_site.admin_view(self.close_view)
        closing_route = route("<uuid:tenant_id>/close/", close, self.tenancy, name="tenants_tenant_close")
        return [pattern, rotating, closing_route, *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        """Write what changed by the actions; nothing is saved besides."""
        actor, now = _operator(request), clock.now()
        if "region" in form.changed_data:
            set_tenant_region(tenant=obj, region=Region(obj.region), actor=actor, now=now)
        if "keep_days" in form.changed_data:
            _set_keep_days(obj, form.cleaned_data["keep_days"], actor, now)
        if "status" in form.changed_data:
            set_tenant_state(tenant=obj, status=TenantStatus(obj.status), actor=actor, now=now)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tenant = self.get_object(request, object_id)
        context = {} if tenant is None else facts_of(tenant)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def rotate_key_view(self, request: HttpRequest, tenant_id: UUID, purpose: str) -> HttpResponse:
        """Turn one key of an organisation."""
        tenant = Tenant.objects.filter(id=tenant_id).first()
        if tenant is None or purpose not in Purpose:
            raise Http404
        try:
            rotate_tenant_key(tenant=tenant, purpose=Purpose(purpose), actor=_operator(request), now=clock.now())
        except (RotationRunningError, KeyProviderError, KeyUnavailableError) as error:
            messages.error(request, f"Not rotated: {type(error).__name__}.")
        else:
            messages.success(request, f"A new key seals: {Purpose(purpose).label}. The job moves the rest.")
        return HttpResponseRedirect(reverse("admin:tenants_tenant_change", args=[tenant.id]))

    def close_view(self, request: HttpRequest, tenant_id: UUID) -> HttpResponse:
        """Begin to close an organisation, its name typed and a code given now; or stop it, within the days of grace."""
        tenant = Tenant.objects.filter(id=tenant_id).first()
        if tenant is None:
            raise Http404
        back = reverse("admin:tenants_tenant_change", args=[tenant.id])
        is_closing = tenant.status == TenantStatus.CLOSING
        form = (
            StopForm(request.POST or None) if is_closing else CloseForm(request.POST or None, organisation=tenant.name)
        )
        if request.method == "POST" and _is_present(request, form):
            step = closing.cancel_closing if is_closing else closing.begin_closing
            try:
                step(tenant=tenant, actor=_operator(request), now=clock.now())
            except closing.NotClosableError:
                messages.error(request, "That is not possible any more.")
            except closing.HoldInForceError:
                messages.error(request, "A legal hold is in force: the organisation releases it first.")
            else:
                told = "works as before" if is_closing else "is closing; until its keys are destroyed it can be stopped"
                messages.success(request, f"{tenant.name} {told}.")
            return HttpResponseRedirect(back)
        context = self.admin_site.each_context(request) | {
            "title": f"{'Stop closing' if is_closing else 'Close'} {tenant.name}",
            "organisation": tenant,
            "is_closing": is_closing,
            "grace_days": closing.GRACE.days,
            "form": form,
            "back": back,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/tenants/tenant/close.html", context, status=status)

    def switch_mode_view(self, request: HttpRequest, tenant_id: UUID, mode: Mode, state: str) -> HttpResponse:
        """Ask for what a step wants and show what will hold; a POST in order takes it.

        The step that is wanted stands in the address: two operators who press at once want the same, not the reverse.
        """
        tenant = Tenant.objects.filter(id=tenant_id).first()
        if tenant is None or mode not in MODES or state not in STEPS:
            raise Http404
        step: Step = state  # type: ignore[assignment]
        back = reverse("admin:tenants_tenant_change", args=[tenant.id])
        form = steps.form_of(step, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                told = steps.take(step, form, tenant=tenant, mode=mode, actor=_operator(request), now=clock.now())
            except NotDoneError as refused:
                messages.error(request, str(refused))
            else:
                messages.success(request, f"{tenant.name}: {told}")
            return HttpResponseRedirect(back)
        with tenant_scope(tenant):
            before = mode_requirements.of(mode) if step == "on" else []
        context = self.admin_site.each_context(request) | {
            "title": steps.title_of(step, mode),
            "mode_name": MODES[mode],
            "organisation": tenant,
            "step": step,
            "agreement": mode_requirements.AGREEMENTS[mode],
            "before": before,
            "effects": effects_after(tenant, mode, on=step in {"on", "keep"}),
            "form": form,
            "back": back,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/tenants/tenant/switch_mode.html", context, status=status)


def _operator(request: HttpRequest) -> Actor:
    user: Any = request.user
    return Actor.operator(user)


def _is_present(request: HttpRequest, form: forms.Form) -> bool:
    with as_themselves():
        return fresh_factor.accept(form, request, now=clock.now())


def _set_keep_days(tenant: Tenant, keep_days: int | None, actor: Actor, now: datetime) -> None:
    set_policy(tenant=tenant, record_class=RecordClass.CONVERSATION, keep_days=keep_days, actor=actor, now=now)
