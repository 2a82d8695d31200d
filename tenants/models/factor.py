from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models, transaction
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from helpdesk.core.ids import uuid7
from tenants import kms


class Factor(Device):
    """What every kind of second factor has in common: an id that says nothing, and django-otp's name for it."""

    id: "models.UUIDField[UUID, UUID]" = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta(Device.Meta):
        abstract = True

    @property
    def persistent_id(self) -> str:
        """The name a session keeps. django-otp reads its end as a whole number, which a UUID also is."""
        return f"{self.model_label()}/{self.id.int}"


class SealedTOTPDevice(TimestampMixin, ThrottlingMixin, Factor):
    """A time-based one-time code (RFC 6238) whose seed is sealed by the key-encryption key.

    django-otp's own device keeps the seed in clear (PCI DSS 8.3.2). A code works once: `last_t` is the last
    accepted time step.
    """

    sealed_seed: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    last_t: "models.BigIntegerField[int, int]" = models.BigIntegerField(default=-1)

    if TYPE_CHECKING:
        objects: models.Manager["SealedTOTPDevice"]

    STEP_S = 30
    # One step either way: people type slowly and phones' clocks drift.
    TOLERANCE_STEPS = 1

    class Meta(Device.Meta):
        verbose_name = "authenticator app"

    @staticmethod
    def seal_seed(device_id: object, seed: bytes) -> bytes:
        """Return the seed sealed for one device."""
        return kms.provider().wrap(seed, f"totp|{device_id}".encode())

    def seed(self) -> bytes:
        """Return the seed in clear, for one check or for the enrolment page."""
        sealed = bytes(self.sealed_seed)
        return kms.wrapper_of(sealed).unwrap(sealed, f"totp|{self.id}".encode())

    def renew_seed(self) -> bool:
        """Seal the seed under the newest key-encryption key; return whether it was not."""
        before, provider = bytes(self.sealed_seed), kms.provider()
        if kms.wrapper_of(before) is provider and provider.is_current(before):
            return False
        sealed = self.seal_seed(self.id, self.seed())
        # Only the seed that was read: another enrolment may have come in between.
        unchanged = type(self).objects.filter(id=self.id, sealed_seed=before)
        return bool(unchanged.update(sealed_seed=sealed))

    def verify_token(self, token: Any) -> bool:
        """Accept a six-digit code once, with throttling after failures.

        The row is locked and read anew, so that of two requests with the same code one is refused.
        """
        with transaction.atomic():
            try:
                self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
            except type(self).DoesNotExist:
                return False
            allowed, _ = self.verify_is_allowed()
            if not allowed:
                return False
            accepted = self.take(str(token).strip().replace(" ", ""))
            if not accepted:
                self.throttle_increment(commit=True)
        return accepted

    def take(self, code: str) -> bool:
        """Use up the present code, if this is it; a wrong one is not counted here. The row has to be locked."""
        if not self._accept(code):
            return False
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> float:
        return 1.0

    def _accept(self, token: str) -> bool:
        if len(token) != 6 or not (token.isascii() and token.isdigit()):
            return False
        totp = TOTP(self.seed(), self.STEP_S)
        if not totp.verify(int(token), self.TOLERANCE_STEPS, self.last_t + 1):
            return False
        self.last_t = totp.t()
        return True
