"""`manage.py create_operator --email … --name …`: the first of our staff in a new installation, or one more."""

import secrets
from itertools import count
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from helpdesk.core import clock
from tenants.actions.people import AddressTakenError, create_person
from tenants.addresses import BadAddressError, normal_email
from tenants.models import User
from tenants.passwords.judging import UnfitPasswordError, judge
from tenants.text_checks import HoldsSensitiveDataError


class Command(BaseCommand):
    help = "Make an account that may use the operators' admin, and print a password for its first sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            email = normal_email(options["email"])
            password = _fit_password(User(email=email, name=options["name"]))
            create_person(
                email=email,
                name=options["name"],
                password=password,
                now=clock.now(),
                is_operator=True,
                is_own_password=False,
            )
        except BadAddressError:
            raise CommandError("This is not a full e-mail address.") from None
        except AddressTakenError:
            raise CommandError("This address has an account already.") from None
        except HoldsSensitiveDataError:
            raise CommandError("Name or address look like a card or ID number.") from None
        self.stderr.write("Hand this password over in person. Its owner chooses another at the first sign-in.")
        self.stdout.write(password)


def _fit_password(person: User) -> str:
    for _ in count():
        password = secrets.token_urlsafe(15)
        try:
            judge(password, person, ())
        except UnfitPasswordError:
            # One in a thousand looks like a stolen one.
            continue
        return password
    raise AssertionError
