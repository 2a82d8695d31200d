"""Admin pages of rows that belong to an organisation: one organisation at a time, chosen in the URL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse, TemplateResponse

from helpdesk.core.admin import ReadOnlyAdmin
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.tenancy import operator

PARAMETER: Final = "organisation"
M = TypeVar("M", bound=Model)
AdminView = Callable[..., HttpResponse]


def chosen_slug(request: HttpRequest) -> str | None:
    """Return the organisation named in the URL: as a filter of a list, or as the list a detail page came from."""
    if slug := request.GET.get(PARAMETER):
        return slug
    came_from = parse_qs(request.GET.get("_changelist_filters", ""))
    return next(iter(came_from.get(PARAMETER, [])), None)


class OrganisationFilter(admin.SimpleListFilter):
    """Offers the organisations beside a list and keeps the chosen one from page to page."""

    title = "organisation"
    parameter_name = PARAMETER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Tenant.objects.order_by("name").values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Leave out "All": there is no such page."""
        choices = super().choices(changelist)
        next(choices)
        yield from choices


class OfOneOrganisation(ReadOnlyAdmin[M]):
    """A list and its detail pages inside the scope of the chosen organisation; without one, a page to choose."""

    tenancy = operator(one_organisation=True)
    list_filter = (OrganisationFilter,)
    list_per_page = 50
    show_full_result_count = False

    @contextmanager
    def scope(self, tenant_id: UUID) -> Iterator[None]:
        """Open what the rows lie behind; the keys lie in another database."""
        with tenant_scope(tenant_id):
            yield

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if chosen_slug(request) is None:
            return self._choose(request)
        return self._scoped(request, super().changelist_view, extra_context=extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._scoped(request, super().changeform_view, object_id, form_url, extra_context)

    def _scoped(self, request: HttpRequest, view: AdminView, *args: Any, **kwargs: Any) -> HttpResponse:
        tenant = Tenant.objects.filter(slug=chosen_slug(request) or "").first()
        if tenant is None:
            raise Http404
        with self.scope(tenant.id):
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.context_data = {**(response.context_data or {}), "subtitle": tenant.name}
                # Its rows are read while it is rendered: not after the scope is closed.
                response.render()
        return response

    def _choose(self, request: HttpRequest) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{str(self.opts.verbose_name_plural).capitalize()}: choose an organisation",
            "opts": self.opts,
            "organisations": [
                (tenant, f"?{urlencode({PARAMETER: tenant.slug})}") for tenant in Tenant.objects.order_by("name")
            ],
        }
        return TemplateResponse(request, "admin/choose_organisation.html", context)
