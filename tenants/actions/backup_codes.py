"""Making a person's single-use backup codes. They are taken by `tenants.actions.factors.check_code`."""

import secrets
from datetime import datetime
from typing import Final

from django.db import transaction

from helpdesk.core.ids import uuid7
from tenants import factor_list
from tenants.actions.people import tell_organisations
from tenants.models import BackupCodes, User
from tenants.models.backup_codes import ALPHABET, LENGTH

CODES: Final = 10
GROUP: Final = 4


class NothingToBackUpError(Exception):
    """The person has no second factor that codes could stand in for."""


@transaction.atomic
def make_backup_codes(*, person: User, now: datetime) -> tuple[BackupCodes, list[str]]:
    """Make ten codes in place of those there were, and return them as they are shown, this once.

    Raises:
        NothingToBackUpError: They have no passkey and no authenticator app.
    """
    User.objects.select_for_update().get(id=person.id)
    if not factor_list.has_factor(person):
        raise NothingToBackUpError
    BackupCodes.objects.filter(user=person).delete()
    identifier = uuid7()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    digests = [BackupCodes.digest(identifier, code) for code in codes]
    made = BackupCodes.objects.create(id=identifier, user=person, name="Backup codes", digests=digests)
    tell_organisations(person, "member.backup_codes_made", at=now)
    return made, [shown(code) for code in codes]


def shown(code: str) -> str:
    """Return a code as a person reads it, in groups of four."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
