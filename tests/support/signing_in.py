"""The two steps of signing in, as a browser takes them."""

from typing import Any, Final

from django.test import Client
from django_otp.oath import totp

from tenants.actions.factors import factor_of
from tenants.models import User
from tests.factories.tenants import PASSWORD

SIGN_IN: Final = "/sign-in/"
FACTOR: Final = "/sign-in/factor/"
ENROL: Final = "/sign-in/enrol/"


def give_password(client: Client, user: User | str, password: str = PASSWORD, **more: Any) -> Any:
    """Take the first step, by a person or an address; return what is answered."""
    email = user if isinstance(user, str) else user.email
    return client.post(SIGN_IN, {"email": email, "password": password, **more})


def with_password(client: Client, user: User) -> Client:
    """Take the first step; return the browser, which is to take the second."""
    give_password(client, user)
    return client


def code_of(user: User, device: Any = None) -> str:
    """Return the present code of a person's authenticator app."""
    return f"{totp((device or factor_of(user)).seed()):06d}"
