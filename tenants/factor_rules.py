"""Who must have a second factor, whatever they would like."""

from tenants.models import User


def must_have_factor(person: User) -> bool:
    """Whether a person's last factor has to stay."""
    return True
