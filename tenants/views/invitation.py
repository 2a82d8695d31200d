"""Joining an organisation by a mailed invitation.

The token is shown once, by a post; after that the session knows which invitation it opened, by the hash.
"""

from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from helpdesk.core import clock
from tenants import limits
from tenants.actions import invitations
from tenants.actions.invitations import NoInvitationError, OtherAddressError
from tenants.actions.people import AddressTakenError
from tenants.forms.accounts import CodeForm
from tenants.forms.organisations import JoinForm
from tenants.holders import holder_of
from tenants.http import signed_in
from tenants.limits import TooManyTriesError
from tenants.models import Invitation, User
from tenants.sign_in import begin_session
from tenants.tokens import BadTokenError, InvitationKey
from tenants.views.pages import form_page, form_view, posted, refused

OPENED: Final = "invitation"
CODE_TEMPLATE: Final = "tenants/invitation_code.html"
TEMPLATE: Final = "tenants/invitation.html"
GONE: Final = "This invitation was used or withdrawn, is older than 7 days, or a newer mail has taken its place."


@form_view
def invitation(request: HttpRequest) -> HttpResponse:
    """Take the mailed code; then show what it leads to."""
    if request.method != "POST" and (key := _opened(request)) is not None:
        return _show(request, key)
    form = CodeForm(posted(request))
    if not form.is_valid():
        return form_page(request, CODE_TEMPLATE, form)
    try:
        limits.take(limits.CODES_TRIED, limits.origin_of(request))
        key = InvitationKey.of(form.cleaned_data["code"])
        invitations.find_invitation(key, now=clock.now())
    except TooManyTriesError as why:
        return refused(request, CODE_TEMPLATE, form, why)
    except (BadTokenError, NoInvitationError):
        form.add_error("code", GONE)
        return form_page(request, CODE_TEMPLATE, form)
    request.session[OPENED] = [str(key.tenant_id), key.digest.hex()]
    return redirect("accounts:invitation")


@sensitive_post_parameters()
@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Join: as who has signed in, or as a new person with a name and a password."""
    if (key := _opened(request)) is None:
        return redirect("accounts:invitation")
    try:
        opened = invitations.find_invitation(key, now=clock.now())
        if _account_of(opened) is None:
            return _join_as_new_person(request, key, opened)
        if not signed_in(request) or not isinstance(request.user, User):
            return redirect("accounts:invitation")
        invitations.join(key=key, person=request.user, now=clock.now())
    except NoInvitationError:
        return _gone(request)
    except (OtherAddressError, AddressTakenError):
        return redirect("accounts:invitation")
    del request.session[OPENED]
    return redirect("accounts:organisations")


def _join_as_new_person(request: HttpRequest, key: InvitationKey, opened: Invitation) -> HttpResponse:
    form = JoinForm(request.POST, email=opened.email, tenant=opened.tenant)
    if not form.is_valid():
        return form_page(request, TEMPLATE, form, **_facts(request, opened))
    membership = invitations.join_as_new_person(key=key, **form.cleaned_data, now=clock.now())
    begin_session(request, membership.user)
    home = reverse("accounts:organisations")
    return redirect(f"{reverse('accounts:enrol')}?{urlencode({'next': home})}")


def _show(request: HttpRequest, key: InvitationKey) -> HttpResponse:
    try:
        opened = invitations.find_invitation(key, now=clock.now())
    except NoInvitationError:
        return _gone(request)
    form = JoinForm(email=opened.email, tenant=opened.tenant)
    return form_page(request, TEMPLATE, form, **_facts(request, opened))


def _facts(request: HttpRequest, opened: Invitation) -> dict[str, Any]:
    account = _account_of(opened)
    return {
        "invitation": opened,
        "has_account": account is not None,
        "is_theirs": signed_in(request) and account is not None and request.user.pk == account.pk,
        "is_someone_else": request.user.is_authenticated and (account is None or request.user.pk != account.pk),
        "sign_in_url": f"{reverse('accounts:sign_in')}?{urlencode({'next': reverse('accounts:invitation')})}",
    }


def _account_of(opened: Invitation) -> User | None:
    # Whoever shows the token reads the mailbox, so they may learn whether it has an account.
    return holder_of(opened.email, now=clock.now())


def _opened(request: HttpRequest) -> InvitationKey | None:
    kept = request.session.get(OPENED)
    return InvitationKey(UUID(kept[0]), bytes.fromhex(kept[1])) if kept else None


def _gone(request: HttpRequest) -> HttpResponse:
    del request.session[OPENED]
    return render(request, "tenants/invitation_gone.html", {"why": GONE}, status=410)
