"""`manage.py reset_operator_factors --email … --reason …`: for the last operator, who has no colleagues to agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.actions.operator_recovery import NoResetError, reset_by_command
from compliance.actions.reasons import ReasonMissingError
from helpdesk.core import clock
from tenants.addresses import BadAddressError, normal_email
from tenants.models import User


class Command(BaseCommand):
    help = (
        "Take an operator's second factors away, which the operators' trail keeps; they enrol anew when they sign in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = User.objects.with_email(normal_email(options["email"])).get()
            reset_by_command(user=person, reason=options["reason"], now=clock.now())
        except (BadAddressError, User.DoesNotExist, NoResetError):
            raise CommandError("There is no operator with this address.") from None
        except ReasonMissingError:
            raise CommandError("Say why: the reason is kept in the operators' trail.") from None
        self.stderr.write("Done. Every session has ended; all operators are told by mail.")
