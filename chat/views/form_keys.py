"""One's browsers with a key for secure forms: prepare this one, revoke one."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from chat.actions import form_keys
from chat.actions.form_keys import BadPointError, NoSuchKeyError, TooManyKeysError
from chat.secure_forms.submission import BadSubmissionError, decoded, fingerprint_words
from chat.views.form_requests import requester_required, vault_context, with_vault
from helpdesk.core import clock
from tenants import fresh_factor
from tenants.fresh_factor import FreshCodeForm
from tenants.http import MemberRequest
from tenants.permissions import NotPermittedError
from tenants.sessions import browser_of

BAD: Final = "The key of this browser did not arrive. Load the page again; it needs JavaScript and the vault’s address."  # noqa: RUF001
TOO_MANY: Final = f"You have {form_keys.MAX_KEYS} prepared browsers, or revoked this one; revoke one you don’t use."  # noqa: RUF001


@require_http_methods(["GET", "POST"])
@requester_required
def browser(request: MemberRequest) -> HttpResponse:
    """Show one's prepared browsers; posted with a present factor, add the one that asks."""
    form = FreshCodeForm(request.POST or None)
    if request.method == "POST" and fresh_factor.accept(form, request, now=clock.now()):
        try:
            form_keys.enrol_key(
                point=decoded(request.POST.get("point", "")[:128]), actor=request.membership, now=clock.now(),
                browser=browser_of(request.headers.get("User-Agent", "")),
            )  # fmt: skip
        except (BadSubmissionError, BadPointError):
            form.add_error(None, BAD)
        except TooManyKeysError:
            form.add_error(None, TOO_MANY)
        else:
            messages.success(request, "This browser is prepared: visitors can seal what they send for it.")
            return redirect("chat:form_keys", slug=request.tenant.slug)
    context = vault_context(request) | {
        "form": form,
        "keys": [(key, fingerprint_words(bytes(key.fingerprint))) for key in form_keys.keys_of(request.membership)],
        "section": "settings",
    }
    return with_vault(render(request, "chat/forms/browser.html", context, status=422 if form.is_bound else 200))


@require_POST
@requester_required
def revoke(request: MemberRequest, key_id: UUID) -> HttpResponse:
    """Revoke a key; what waits for it is destroyed."""
    try:
        form_keys.revoke_key(key_id=key_id, actor=request.membership, now=clock.now())
    except (NoSuchKeyError, NotPermittedError):
        raise Http404 from None
    messages.success(request, "Revoked. What waited for it is destroyed.")
    return redirect("chat:form_keys", slug=request.tenant.slug)
