"""Ada's password and second factor."""

from django_otp.oath import totp

from tenants.actions.factors import factor_of
from tests.factories.tenants import PASSWORD

SIGN_IN, FACTOR, ENROL = "/sign-in/", "/sign-in/factor/", "/sign-in/enrol/"


def give_password(client, user, password=PASSWORD, **more):
    email = user if isinstance(user, str) else user.email
    return client.post(SIGN_IN, {"email": email, "password": password, **more})


def code_for(user):
    return f"{totp(factor_of(user).seed()):06d}"
