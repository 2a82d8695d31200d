"""The page of identity keys: make, rotate and retire them, say who must be vouched for, and look at a token."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from chat.actions import identity_keys as actions
from chat.actions.identity_keys import (
    LastKeyInUseError,
    NoActiveKeyError,
    NoSuchIdentityKeyError,
    TooManyIdentityKeysError,
)
from chat.identity import keys
from chat.identity.tokens import LEEWAY, MAX_TOKEN, Claims, Refusal, TokenRefusedError
from chat.models import IdentityAlgorithm
from helpdesk.core import clock
from helpdesk.core.public_keys import MAX_PASTED, NotAPublicKeyError, PrivateKeyPastedError
from tenants.http import MemberRequest, member_required
from tenants.keyring.ring import KeyUnavailableError
from tenants.kms.protocol import KeyProviderError
from tenants.policies import choices, in_force
from tenants.policy_names import IDENTITY
from tenants.policy_table import POLICIES
from tenants.roles import Capability

PAGE: Final = "chat/identity/settings.html"
SAMPLES: Final = (("Python", "python"), ("Node", "node"), ("PHP", "php"), ("Ruby", "ruby"), ("Go", "go"))
TOO_MANY: Final = "Two keys are active. Retire the one your site uses no more, then add another."
LAST: Final = (
    "Without this key nobody could write: only visitors for whom your site vouches may. Add another key first."
)
NO_KEY: Final = "There is no active key yet, so nobody could write. Add one first."
NO_PUBLIC_KEY: Final = "This is no public key of Ed25519, neither as PEM nor as a JWK."
PRIVATE_KEY: Final = (
    "This is the private key. Nothing of it was kept; but it has left the place where it belongs, so make another "
    "pair, and paste the public half here."
)
AWAY: Final = "Your keys can’t be read just now. Please try again in a moment."  # noqa: RUF001

#: What is wrong with a token, and what to do about it.
WHAT_IS_WRONG: Final = {
    Refusal.MALFORMED: "This is no signed token: three parts of base64url, joined by two dots, without padding.",
    Refusal.TOO_LONG: f"It is longer than {MAX_TOKEN} characters.",
    Refusal.UNSIGNED: "It is not signed. A token without a signature, or with “alg”: “none”, vouches for nobody.",
    Refusal.UNKNOWN_KEY: "Its header names no key of yours. Put the key’s id into “kid”.",  # noqa: RUF001
    Refusal.RETIRED_KEY: "It is signed with a key that is retired.",
    Refusal.WRONG_ALGORITHM: "Its “alg” is not the one of the key that “kid” names.",
    Refusal.BAD_SIGNATURE: "The signature does not fit. Is it the whole secret, as text, and the key that “kid” names?",
    Refusal.MISSING_CLAIM: "A claim is missing that has to be there.",
    Refusal.BAD_CLAIM: "A claim is not what it should be.",
    Refusal.WRONG_AUDIENCE: "It is meant for somebody else: “aud” has to be your organisation’s id.",  # noqa: RUF001
    Refusal.EXPIRED: "It has expired. Make one for each page, when the page is made.",
    Refusal.NOT_YET_VALID: f"It is not valid yet. Clocks may differ by {LEEWAY.seconds} seconds.",
    Refusal.TOO_LONG_LIVED: "It is valid for more than an hour between “iat” and “exp”.",
}

keeper_required: Final = member_required(Capability.MANAGE_KEYS)


class PublicKeyForm(forms.Form):
    """A public key, pasted."""

    public_key = forms.CharField(
        label="Public key",
        max_length=MAX_PASTED,
        help_text="Ed25519, as PEM (“BEGIN PUBLIC KEY”) or as a JWK. The private half stays with you.",
        widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )


class TokenForm(forms.Form):
    """A token, looked at and forgotten. It is not shown again."""

    token = forms.CharField(
        label="Token",
        # Longer ones are told so by name.
        max_length=4 * MAX_TOKEN,
        widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )


class WritersForm(forms.Form):
    """Who may write."""

    who = forms.ChoiceField(label="Who may write in the chat", widget=forms.RadioSelect)

    def __init__(self, chosen: str | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        policy = POLICIES[IDENTITY]
        field: Any = self.fields["who"]
        field.choices = list(policy.values.items())
        field.initial = chosen or policy.default


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a look at a token. `refusal` is empty for a good one, `claims` None for another."""

    refusal: str = ""
    claim: str = ""
    says: str = ""
    claims: Claims | None = None


@require_safe
@keeper_required
def identity_keys(request: MemberRequest) -> HttpResponse:
    """The keys there are, how to sign with them, and a place to try a token."""
    return _page(request)


@require_POST
@keeper_required
@sensitive_variables("secret")
def make_secret(request: MemberRequest) -> HttpResponse:
    """Make a shared secret, and show it this once."""
    try:
        row, secret = actions.make_shared_key(actor=request.membership, now=clock.now())
    except TooManyIdentityKeysError:
        messages.error(request, TOO_MANY)
        return redirect("chat:identity_keys", slug=request.tenant.slug)
    return _page(request, made=row, secret=secret)


@require_POST
@keeper_required
def add_public(request: MemberRequest) -> HttpResponse:
    """Take a public key."""
    form = PublicKeyForm(request.POST)
    if not form.is_valid():
        return _page(request, 422, public_form=form)
    try:
        row = actions.add_public_key(pasted=form.cleaned_data["public_key"], actor=request.membership, now=clock.now())
    except PrivateKeyPastedError:
        # What was pasted is not sent back.
        form = PublicKeyForm({"public_key": ""})
        form.full_clean()
        form.errors["public_key"] = form.error_class([PRIVATE_KEY])
    except NotAPublicKeyError:
        form.add_error("public_key", NO_PUBLIC_KEY)
    except TooManyIdentityKeysError:
        form.add_error(None, TOO_MANY)
    else:
        messages.success(request, f"Added. Tokens whose “kid” is {row.kid} are accepted now.")
        return redirect("chat:identity_keys", slug=request.tenant.slug)
    return _page(request, 422, public_form=form)


@require_POST
@keeper_required
def retire(request: MemberRequest, identity_key_id: UUID) -> HttpResponse:
    """Accept no more tokens of a key."""
    try:
        row = actions.retire_key(
            key_id=identity_key_id, ends_sessions=request.POST.get("ends") == "1", actor=request.membership,
            now=clock.now(),
        )  # fmt: skip
    except NoSuchIdentityKeyError:
        raise Http404 from None
    except LastKeyInUseError:
        messages.error(request, LAST)
    else:
        messages.success(request, f"Retired: {row.kid}. Its tokens are refused from now on.")
    return redirect("chat:identity_keys", slug=request.tenant.slug)


@require_POST
@keeper_required
def writers(request: MemberRequest) -> HttpResponse:
    """Hear anyone, or only visitors for whom the site vouches."""
    form = WritersForm(None, request.POST)
    if not form.is_valid():
        return _page(request, 422, writers_form=form)
    try:
        actions.choose_who_may_write(value=form.cleaned_data["who"], actor=request.membership, now=clock.now())
    except NoActiveKeyError:
        form.add_error("who", NO_KEY)
        return _page(request, 422, writers_form=form)
    messages.success(request, "Saved. It holds from the next message on.")
    return redirect("chat:identity_keys", slug=request.tenant.slug)


@sensitive_post_parameters("token")
@require_POST
@keeper_required
def try_token(request: MemberRequest) -> HttpResponse:
    """Say what is wrong with a token. Nothing of it is kept, and it is not used up."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, 422, token_form=form)
    return _page(request, tried=_tried(request, form.cleaned_data["token"]))


@sensitive_variables()
def _tried(request: MemberRequest, token: str) -> Tried:
    try:
        claims, _ = keys.verified(token, tenant_id=request.tenant.id, now=clock.now())
    except TokenRefusedError as refused:
        return Tried(refused.refusal.value, refused.claim, WHAT_IS_WRONG[refused.refusal])
    except (KeyUnavailableError, KeyProviderError):
        return Tried("unavailable", says=AWAY)
    return Tried(claims=claims)


def _page(request: MemberRequest, status: int = 200, **context: Any) -> HttpResponse:
    active, retired = actions.keys_of_organisation()
    shown = {
        "active": active,
        "retired": retired,
        "is_full": len(active) > 1,
        "audience": keys.audience_of(request.tenant.id),
        "samples": _samples(request, context.get("made") or next(iter(active), None)),
        "public_form": PublicKeyForm(),
        "token_form": TokenForm(),
        "writers_form": WritersForm(choices().get(IDENTITY)),
        "writers": in_force(request.tenant, IDENTITY),
        "section": "settings",
    }
    response = render(request, PAGE, shown | context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _samples(request: MemberRequest, key: Any) -> list[tuple[str, str]]:
    """Return how to make a token, by language, for the newest key that signs with a secret."""
    is_shared = key is not None and key.algorithm == IdentityAlgorithm.HS256
    facts = {"kid": key.kid if is_shared else "the id of your key", "audience": keys.audience_of(request.tenant.id)}
    return [(name, render_to_string(f"chat/identity/samples/{file}.txt", facts)) for name, file in SAMPLES]
