"""How an organisation's people sign in: the settings it may choose, and what holds them."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from helpdesk.core import clock
from tenants.actions.policies import choose
from tenants.forms.policies import PoliciesForm
from tenants.http import MemberRequest, member_required
from tenants.policies import choices, effective
from tenants.roles import Capability
from tenants.views.pages import form_page, form_view, posted

TEMPLATE: Final = "tenants/sign_in_policies.html"


@form_view
@member_required(Capability.MANAGE_SIGN_IN)
def sign_in_policies(request: MemberRequest) -> HttpResponse:
    """Show and change the choices. What is as before is not written, so that a mode's floor is never taken for one."""
    chosen = choices()
    form = PoliciesForm(request.tenant, chosen, posted(request))
    if not form.is_valid():
        return form_page(request, TEMPLATE, form, section="settings")
    changed = 0
    for key, value in form.cleaned_data.items():
        if value != effective(request.tenant, key, chosen=chosen.get(key)).value:
            choose(key=key, value=value, actor=request.membership, now=clock.now())
            changed += 1
    messages.success(request, "Saved. It holds for everyone from now on." if changed else "Nothing was changed.")
    return redirect("organisation:sign_in_policies", slug=request.tenant.slug)
