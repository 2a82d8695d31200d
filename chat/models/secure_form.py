"""Secure forms as far as they are stored: which there are, who asked for one when, and for which key. Never a value."""

from datetime import datetime
from typing import Final

from django.db import models

from chat.models.conversation import Conversation
from chat.models.form_endpoint import EndpointKey
from helpdesk.core.signatures import POINT_BYTES
from tenants.models import Membership, TenantForeignKey, TenantModel

MAX_NAME: Final = 60


class FormKind(models.TextChoices):
    CARD = "card", "Payment card"
    SSN = "ssn", "Social security number"
    INSURANCE = "insurance", "Health insurance"
    BANK = "bank", "Bank account"
    CUSTOM = "custom", "A form of your own"


class Handling(models.TextChoices):
    """What becomes of what a visitor sends."""

    VIEW = "view", "Read once by the agent"
    FORWARD = "forward", "Forwarded to your own system"
    CHECK = "check", "Compared in the browser of the agent"
    ASK = "ask", "Compared by your own system"
    PAY = "pay", "Taken by your payment provider"


#: What the agent's browser opens, and what the organisation's endpoint does; and of which match or no match is all.
FOR_BROWSER: Final = (Handling.VIEW, Handling.CHECK)
FOR_ENDPOINT: Final = (Handling.FORWARD, Handling.ASK)
CHECKING: Final = (Handling.CHECK, Handling.ASK)


class FormTemplate(TenantModel):
    """A form of an organisation's own, or what it has decided about one of the product's (`chat.secure_forms.kinds`).

    `fields` are as `kinds.Field` tells; empty for one of the product's.
    """

    kind = models.CharField(max_length=10, choices=FormKind)
    handling = models.CharField(max_length=8, choices=Handling, default=Handling.VIEW, db_default=Handling.VIEW)
    name = models.CharField(max_length=MAX_NAME, blank=True)
    fields = models.JSONField(default=list)
    is_on = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "kind"), condition=~models.Q(kind="custom"), name="form_template_kind_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="custom") ^ models.Q(name=""), name="form_template_name_of_custom"
            ),
        ]


class FormKey(TenantModel):
    """The public half of a key that one browser of one member holds; what is sealed to it opens there alone.

    `point` is an uncompressed point of P-256 (SEC 1, section 2.3.3), `fingerprint` SHA-256 of it.
    """

    membership = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    point = models.BinaryField(max_length=POINT_BYTES)
    fingerprint = models.BinaryField(max_length=32)
    browser = models.CharField(max_length=80, help_text="Its name and system, from the User-Agent header.")
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=("tenant", "membership", "fingerprint"), name="form_key_once"),
        ]


class FormState(models.TextChoices):
    REQUESTED = "requested", "Waiting for the visitor"
    OPENED = "opened", "Being filled in"
    SUBMITTED = "submitted", "Sent, not read yet"
    FORWARDING = "forwarding", "On its way to your system"
    VIEWED = "viewed", "On the screen"
    FORWARDED = "forwarded", "Taken by your system"
    CHECKED = "checked", "Compared"
    REFUSED = "refused", "Not taken by your system"
    TOKENIZED = "tokenized", "Taken by your payment provider"
    DESTROYED = "destroyed", "Read and destroyed"
    DECLINED = "declined", "Declined"
    EXPIRED = "expired", "Run out"
    CANCELLED = "cancelled", "Withdrawn"
    REVOKED = "revoked", "Destroyed unread"


#: The visitor has not sent anything yet; something waits to be read; and nothing can happen any more but that it ends.
OPEN_TO_VISITOR: Final = (FormState.REQUESTED, FormState.OPENED)
LIVE: Final = (*OPEN_TO_VISITOR, FormState.SUBMITTED, FormState.FORWARDING, FormState.VIEWED)
#: The same for constraints, which keep their own words.
_LIVE: Final = ["requested", "opened", "submitted", "forwarding", "viewed"]


class Match(models.TextChoices):
    MATCH = "match", "It matches"
    NO_MATCH = "no_match", "It does not match"


class CardBrand(models.TextChoices):
    VISA = "visa", "Visa"
    MASTERCARD = "mastercard", "Mastercard"
    AMEX = "amex", "American Express"
    DISCOVER = "discover", "Discover"
    DINERS = "diners", "Diners Club"
    JCB = "jcb", "JCB"
    UNIONPAY = "unionpay", "UnionPay"
    OTHER = "other", "Card"


class FormRequest(TenantModel):
    """One form asked of one visitor by one member, for one key: of their browser, or of the organisation's endpoint.

    Name, fields and what becomes of what is sent stay as they were asked.
    """

    conversation = TenantForeignKey(Conversation, models.CASCADE, related_name="form_requests")
    kind = models.CharField(max_length=10, choices=FormKind)
    handling = models.CharField(max_length=8, choices=Handling, default=Handling.VIEW, db_default=Handling.VIEW)
    name = models.CharField(max_length=MAX_NAME)
    fields = models.JSONField()
    by_visitor = models.BooleanField(default=False, help_text="The visitor wanted to send something this way.")
    recipient = TenantForeignKey(Membership, models.PROTECT, related_name="+")
    key = TenantForeignKey(FormKey, models.PROTECT, null=True, blank=True, related_name="+")
    endpoint_key = TenantForeignKey(EndpointKey, models.PROTECT, null=True, blank=True, related_name="+")
    session_id = models.UUIDField(help_text="The recipient's sign-in that asked; it ends with that.")
    looks = models.CharField(max_length=32, help_text="From which machine they asked (helpdesk.core.machine).")
    unread_s = models.PositiveIntegerField(help_text="How long what is sent may wait to be read.")
    state = models.CharField(max_length=10, choices=FormState, default=FormState.REQUESTED)
    why = models.CharField(max_length=12, blank=True, help_text="What ended it early: a name out of the code.")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="When the present state runs out.")
    opened_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    viewed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often it was brought to the endpoint."
    )
    tried_at = models.DateTimeField(null=True, blank=True)
    pay_session = models.CharField(
        max_length=220, blank=True, default="", db_default="", help_text="The payment provider's name of its page."
    )
    token = models.CharField(
        max_length=80, blank=True, default="", db_default="", help_text="The payment provider's name of the card."
    )
    outcome = models.CharField(max_length=8, choices=Match, blank=True, default="", db_default="")
    brand = models.CharField(max_length=10, choices=CardBrand, blank=True, default="", db_default="")
    last_four = models.CharField(
        max_length=4, blank=True, default="", db_default="", help_text="Of a card, as its taker told (PCI DSS 3.4.1)."
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "conversation"),
                condition=models.Q(state__in=_LIVE),
                name="form_request_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=_LIVE) ^ models.Q(ended_at__isnull=False),
                name="form_request_ends_once",
            ),
            models.CheckConstraint(
                condition=(models.Q(handling__in=["view", "check"]) & models.Q(key__isnull=False, endpoint_key=None))
                | (models.Q(handling__in=["forward", "ask"]) & models.Q(key=None, endpoint_key__isnull=False))
                | (models.Q(handling="pay") & models.Q(key=None, endpoint_key=None)),
                name="form_request_one_key",
            ),
            models.CheckConstraint(condition=models.Q(last_four__regex="^([0-9]{4})?$"), name="form_request_last_four"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "pay_session"], condition=~models.Q(pay_session=""), name="form_request_pay_session"
            ),
            models.Index(
                fields=["tenant", "expires_at"], condition=models.Q(ended_at__isnull=True), name="form_request_live"
            ),
        ]

    @property
    def is_open_to_visitor(self) -> bool:
        return self.state in OPEN_TO_VISITOR

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def move(self, state: FormState, *, until: datetime) -> None:
        """Set the next state, which lasts until some moment."""
        self.state, self.expires_at = state, until

    def end(self, state: FormState, *, why: str = "", now: datetime) -> None:
        """Set the last state."""
        self.state, self.why, self.ended_at = state, why, now
