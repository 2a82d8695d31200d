import unicodedata
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from helpdesk.core.models import UuidModel


def normal_password(password: str) -> str:
    """Return a password as it is hashed and compared: however a keyboard made its letters (NIST SP 800-63B, NFKC)."""
    return unicodedata.normalize("NFKC", password)


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail address, whatever its case."""

    def with_email(self, email: str) -> models.QuerySet["User"]:
        """At most one person; the unique index on the lower-case address answers."""
        return self.alias(address=Lower("email")).filter(address=email.lower())

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.with_email(username or "").get()


class User(UuidModel, AbstractBaseUser):  # type: ignore[django-manager-missing]  # django-otp has no types
    """A person who signs in. What they may do is a matter of their memberships."""

    email = models.EmailField("work e-mail", max_length=254, help_text="Kept in lower case.")
    name = models.CharField(max_length=80)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False, help_text="Our staff: may use the admin.")
    email_confirmed_at = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Someone else chose the password: at the first use its owner chooses their own.",
    )
    session_epoch = models.PositiveIntegerField(default=0, help_text="Raised to end every session.")
    created_at = models.DateTimeField()

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Django's admin asks for this name."""
        return self.is_operator

    @property
    def is_confirmed(self) -> bool:
        return self.email_confirmed_at is not None

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(normal_password(raw_password) if raw_password is not None else None)

    def check_password(self, raw_password: str) -> bool:
        return super().check_password(normal_password(raw_password))

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """What a session must match to stay: a new password or a raised epoch ends it."""
        return salted_hmac(
            "tenants.User.session", f"{self.password}|{self.session_epoch}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Operators may open the admin; each admin class says what it allows."""
        return self.is_active and self.is_operator

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_operator
