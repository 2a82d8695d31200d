"""Operators' pages of the service's sub-processors: the list, one more, one less."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse

from compliance.actions.agreements import add_subprocessor, end_subprocessor
from compliance.models import SubProcessor
from helpdesk.core import clock
from helpdesk.core.admin import ReadOnlyAdmin
from tenants.actors import Actor
from tenants.forms.fields import NameField
from tenants.tenancy import operator, route


class NewForm(forms.Form):
    """Who, for what, where, from when."""

    name = NameField(label="Name", max_length=120)
    purpose = NameField(label="What it does for the service", max_length=200)
    place = NameField(label="Country", max_length=120)
    starts_on = forms.DateField(
        label="Used from", widget=forms.DateInput({"type": "date"}),
        help_text="Organisations are mailed when you save: leave them time to object.",
    )  # fmt: skip


class EndForm(forms.Form):
    """Which."""

    subprocessor = forms.ModelChoiceField(label="Sub-processor", queryset=SubProcessor.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subprocessor"].queryset = SubProcessor.objects.filter(ended_at=None)  # type: ignore[attr-defined]


@admin.register(SubProcessor)
class SubProcessorAdmin(ReadOnlyAdmin[SubProcessor]):
    """Who else handles organisations' data for the service."""

    tenancy = operator()
    change_list_template = "admin/compliance/subprocessor/change_list.html"
    list_display = ("name", "purpose", "place", "starts_on", "announced_at", "ended_at")
    ordering = ("name", "id")

    def get_urls(self) -> list[URLPattern]:
        new, end = self.admin_site.admin_view(self.new_view), self.admin_site.admin_view(self.end_view)
        return [
            route("new/", new, operator(), name="compliance_subprocessor_new"),
            route("end/", end, operator(), name="compliance_subprocessor_end"),
            *super().get_urls(),
        ]

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Put one on the list."""
        form = NewForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            add_subprocessor(**form.cleaned_data, actor=_operator(request), now=clock.now())
            messages.success(request, "On the list. Organisations are mailed within the hour.")
            return _back()
        return self._form(request, form, "Add a sub-processor", "Put it on the list")

    def end_view(self, request: HttpRequest) -> HttpResponse:
        """Take one off the list."""
        form = EndForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            end_subprocessor(subprocessor=form.cleaned_data["subprocessor"], actor=_operator(request), now=clock.now())
            messages.success(request, "Taken off the list.")
            return _back()
        return self._form(request, form, "End a sub-processor", "Take it off the list")

    def _form(self, request: HttpRequest, form: forms.Form, title: str, verb: str) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"title": title, "form": form, "verb": verb}
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/compliance/subprocessor/form.html", context, status=status)


def _operator(request: HttpRequest) -> Actor:
    staff: Any = request.user
    return Actor.operator(staff)


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:compliance_subprocessor_changelist"))
