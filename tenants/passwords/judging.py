"""The one judge of a new password, whoever it is for and whichever way it comes."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError

from tenants.models import Tenant, UsedPassword, User
from tenants.models.user import normal_password
from tenants.passwords.folding import OUR_NAME, words_of
from tenants.passwords.rules import Rules, Unmet, unmet
from tenants.passwords.stolen import is_stolen
from tenants.policies import strictest_of
from tenants.policy_names import PASSWORD_COMPOSITION, PASSWORD_HISTORY, PASSWORD_LENGTH
from tenants.selectors import memberships_of

STOLEN: Final = Unmet(
    "stolen", "Not one that was stolen elsewhere, or that with a little around it: those are what attackers try first."
)


class UnfitPasswordError(Exception):
    """A new password does not meet the rules that hold for its owner; `unmet` says which, in words for them."""

    def __init__(self, rules: Sequence[Unmet]) -> None:
        super().__init__(", ".join(rule.code for rule in rules))
        self.unmet = rules


def tenants_of(person: User) -> list[Tenant]:
    """Return the organisations that a person is an active member of."""
    if person._state.adding:
        return []
    return list(Tenant.objects.filter(id__in=[each.tenant_id for each in memberships_of(person)]))


def rules_for(tenants: Iterable[Tenant]) -> Rules:
    """Return the strictest rules of some organisations, or those of none."""
    values = strictest_of(tenants, (PASSWORD_LENGTH, PASSWORD_COMPOSITION, PASSWORD_HISTORY))
    return Rules(
        length=int(values[PASSWORD_LENGTH]),
        needs_letter_and_digit=values[PASSWORD_COMPOSITION] == "letter_and_digit",
        history=int(values[PASSWORD_HISTORY]),
    )


def words_for(person: User, tenants: Iterable[Tenant]) -> frozenset[str]:
    """Return what a person's password must not hold: their names, their organisations', and the service's."""
    told = [text for tenant in tenants for text in (tenant.name, tenant.slug)]
    return words_of(person.name, person.email, OUR_NAME, *told)


def look(password: str, person: User, tenants: Iterable[Tenant]) -> list[Unmet]:
    """Return what is wrong with a password for a person, but for those they had before: quick, and stores nothing."""
    tenants = list(tenants)
    normal = normal_password(password)
    found = unmet(normal, rules_for(tenants), words_for(person, tenants))
    return found or ([STOLEN] if is_stolen(normal) else [])


def judge(password: str, person: User, tenants: Iterable[Tenant]) -> None:
    """Let a new password pass.

    Args:
        password: As it was typed.
        person: Whose it will be; a new person may be unsaved.
        tenants: Their organisations, and the one they are about to join.

    Raises:
        UnfitPasswordError: It does not meet the rules, or was theirs before.
    """
    tenants = list(tenants)
    if found := look(password, person, tenants):
        raise UnfitPasswordError(found)
    if was_used(password, person, history := rules_for(tenants).history):
        times = f"your last {history}" if history > 1 else "the present one"
        raise UnfitPasswordError([Unmet("used", f"One that differs from {times}.")])


def was_used(password: str, person: User, history: int) -> bool:
    """Whether a password is among a person's last ones; costs a hash for each."""
    if person._state.adding or not person.has_usable_password():
        return False
    older = UsedPassword.objects.filter(user=person).order_by("-replaced_at", "-id")[: history - 1]
    before = [person.password, *older.values_list("encoded", flat=True)][:history]
    normal = normal_password(password)
    return any(check_password(normal, encoded) for encoded in before)


class JudgeValidator:
    """The judge, for what in Django asks its validators: a shell, a command of its own."""

    def validate(self, password: str, user: Any = None) -> None:
        person = user if isinstance(user, User) else User()
        if found := look(password, person, tenants_of(person)):
            raise ValidationError([ValidationError(rule.text, code=rule.code) for rule in found])

    def get_help_text(self) -> str:
        return "A long password of unrelated words, without names, that was not stolen elsewhere."
