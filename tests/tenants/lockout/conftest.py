"""Tries that fail, locks, and links that open them."""

from django.test import Client

from tests.support.signing_in import give_password

WRONG = "not this one at all"


def lock(email, client=None):
    answers = (give_password(client or Client(), email, WRONG) for _ in range(20))
    return next(answer for answer in answers if answer.status_code == 429)


def ask_for_link(client, email):
    return client.post("/sign-in/unlock/", {"email": email})
