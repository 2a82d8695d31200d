import hashlib
import hmac
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings
from django.db import models
from django_otp.models import ThrottlingMixin, TimestampMixin

from tenants.models.factor import Factor

# Crockford's base 32: nothing in it is mistaken for something else when read from paper.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FEW: Final = 2  # left: then it is time for new ones
LENGTH: Final = 16  # of 5 bits: 80, which nobody searches through
MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})


class BackupCodes(TimestampMixin, ThrottlingMixin, Factor):
    """A person's single-use codes for when no other factor is at hand; what is kept of each is a keyed hash.

    One set a person. A set made anew is another row, so that sessions opened by a code of the old one end.
    """

    digests: "models.JSONField[list[str], list[str]]" = models.JSONField()

    if TYPE_CHECKING:
        objects: models.Manager["BackupCodes"]

    class Meta(Factor.Meta):
        verbose_name = "backup codes"
        constraints = [models.UniqueConstraint(fields=("user",), name="backup_codes_one_set")]

    @property
    def left(self) -> int:
        return len(self.digests)

    @staticmethod
    def digest(set_id: UUID, code: str, secret: str | bytes | None = None) -> str:
        """Return what is kept of a code, in its normal form."""
        key = secret or settings.SECRET_KEY
        key = key.encode() if isinstance(key, str) else key
        return hmac.new(key, b"backup-code|" + set_id.bytes + code.encode(), hashlib.sha256).hexdigest()

    def take(self, code: str) -> bool:
        """Use up a code, if it is one of these; a wrong one is not counted here. The row has to be locked."""
        wanted = set(self._possible(normal_code(code)))
        left = [digest for digest in self.digests if digest not in wanted]
        if len(left) == len(self.digests):
            return False
        self.digests = left
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> float:
        return 1.0

    def _possible(self, code: str) -> Iterator[str]:
        """A secret key that was changed, and is still kept beside the new one, still knows its codes."""
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            yield self.digest(self.id, code, secret)


def normal_code(text: str) -> str:
    """Return a code as it is hashed: upper case, without dashes, letters that are misread put right."""
    return text.strip().upper().translate(MISREAD)


def looks_like_one(text: str) -> bool:
    """Whether a text has a code's form."""
    code = normal_code(text)
    return len(code) == LENGTH and set(code) <= set(ALPHABET)
