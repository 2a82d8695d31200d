"""Choosing an organisation, and opening one."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from helpdesk.core import clock
from tenants import limits
from tenants.actions.tenants import SlugTakenError, open_tenant
from tenants.factor_list import has_factor
from tenants.forms.organisations import OrganisationForm, taken
from tenants.http import MemberRequest, by_password_alone, member_required, signed_in
from tenants.limits import TooManyTriesError
from tenants.models import User
from tenants.roles import ROLE_CAPABILITIES, Capability, Role
from tenants.selectors import memberships_of
from tenants.sessions import is_signed_in
from tenants.sign_in import step_url
from tenants.views.pages import form_page, form_view, posted, refused

NEW_TEMPLATE: Final = "tenants/organisation_new.html"


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """Lead on to the one organisation, or let people choose, or open their first."""
    if not isinstance(request.user, User):
        return redirect("accounts:sign_in")
    mine = memberships_of(request.user)
    if not (signed_in(request) or (by_password_alone(request) and is_signed_in(request))):
        is_new = not mine and not request.user.is_operator and not has_factor(request.user)
        return redirect("accounts:organisation_new" if is_new else step_url("accounts:factor", request))
    if len(mine) == 1 and "all" not in request.GET:
        return redirect(home_of(mine[0].slug, mine[0].role))
    if not mine and not request.user.is_operator:
        return redirect("accounts:organisation_new")
    chosen = [(summary, home_of(summary.slug, summary.role)) for summary in mine]
    return render(request, "tenants/organisations.html", {"organisations": chosen})


@form_view
def organisation_new(request: HttpRequest) -> HttpResponse:
    """Name an organisation and choose its region. A new person's second factor is set up right after."""
    if not isinstance(request.user, User):
        return redirect(step_url("accounts:sign_in", request))
    if not signed_in(request) and has_factor(request.user):
        return redirect(step_url("accounts:factor", request))
    form = OrganisationForm(posted(request))
    if not form.is_valid():
        return form_page(request, NEW_TEMPLATE, form)
    try:
        limits.take(limits.ORGANISATIONS_OPENED, str(request.user.id))
        tenant = open_tenant(**form.cleaned_data, owner=request.user, now=clock.now())
    except TooManyTriesError as why:
        return refused(request, NEW_TEMPLATE, form, why)
    except SlugTakenError:
        form.add_error("slug", taken(form.cleaned_data["name"]))
        return form_page(request, NEW_TEMPLATE, form)
    start = f"/o/{tenant.slug}/start/"
    return redirect(start if signed_in(request) else f"{reverse('accounts:enrol')}?{urlencode({'next': start})}")


@require_safe
@member_required(scoped=False)
def front(request: MemberRequest) -> HttpResponse:
    """Lead on to where a member begins."""
    return redirect(home_of(request.tenant.slug, request.membership.role))


def home_of(slug: str, role: str) -> str:
    """Return the first page of an organisation for a role."""
    reads = Capability.READ_CONVERSATIONS in ROLE_CAPABILITIES[Role(role)]
    return reverse("chat:inbox" if reads else "organisation:settings", args=[slug])
