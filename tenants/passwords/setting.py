"""Giving a person a password: judged, remembered, and the one before kept from coming back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from tenants.models import Tenant, UsedPassword, User
from tenants.passwords.judging import judge

# More than any organisation asks for, so that a stricter rule holds from its first day.
KEPT: Final = 11


def set_password(person: User, password: str, *, tenants: Iterable[Tenant], now: datetime, is_own: bool = True) -> None:
    """Give a person a password; the caller saves `password` and `must_change_password`, and holds their row.

    Args:
        person: Whose it is. A saved person's present password goes to those they had before.
        password: As it was typed.
        tenants: Their organisations, and the one they are about to join.
        now: The present.
        is_own: Whether they chose it themselves. Else they choose another at its first use (PCI DSS 8.3.5).

    Raises:
        UnfitPasswordError: It does not meet their rules.
    """
    judge(password, person, tenants)
    if not person._state.adding and person.has_usable_password():
        UsedPassword.objects.create(user=person, encoded=person.password, replaced_at=now)
        recent = UsedPassword.objects.filter(user=person).order_by("-replaced_at", "-id")
        kept = recent.values_list("id", flat=True)[: KEPT - 1]
        UsedPassword.objects.filter(user=person).exclude(id__in=list(kept)).delete()
    person.set_password(password)
    person.must_change_password = not is_own
