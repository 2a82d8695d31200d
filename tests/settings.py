"""The service's settings, with a password hasher that costs nothing and a payment provider that is nowhere."""

from helpdesk.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Of no network (RFC 5737), so that nobody's is ever dialled.
STRIPE_API_URL = "https://192.0.2.7"
