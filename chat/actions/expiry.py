"""What has had its time, what a legal hold keeps of it, and what hangs on a conversation or a person.

One table says which rows go with what; the erasure deletes by it and the rehearsal counts by it, so that the two can't
differ. Call everything inside the tenant's scope.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from chat import holds
from chat.models import (
    Assignment,
    Attachment,
    ConsentReceipt,
    Contact,
    Conversation,
    Finding,
    FormRequest,
    MailedLink,
    MaskingReport,
    Message,
    PreChatAnswer,
    ProofRequest,
    Rating,
    ReadMark,
    UsedToken,
    VisitorFactor,
    VisitorPasskey,
    VisitorSession,
)
from compliance.models import RecordClass

# GREATEST leaves out what is NULL: not resolved, or nothing written yet. An index has the same expression.
LAST_EVENT: Final = Greatest("created_at", "last_message_at", "resolved_at")

#: Rows that go with a conversation, in the order they go, by the path to it.
OF_CONVERSATION: Final[tuple[tuple[str, type[Any], str], ...]] = (
    ("files", Attachment, "conversation"),
    ("findings", Finding, "message__conversation"),
    ("reports", MaskingReport, "message__conversation"),
    ("messages", Message, "conversation"),
    ("answers", PreChatAnswer, "conversation"),
    ("forms", FormRequest, "conversation"),
    ("proofs", ProofRequest, "conversation"),
    ("ratings", Rating, "conversation"),
    ("mailed_links", MailedLink, "conversation"),
    ("read_marks", ReadMark, "conversation"),
    ("assignments", Assignment, "conversation"),
)
#: A path that leads to a person by the id of a session, which is no foreign key.
OF_SESSION: Final = "session"
#: Rows that go with a person, in the order they go.
OF_PERSON: Final[tuple[tuple[str, type[Any], str], ...]] = (
    ("receipts", ConsentReceipt, "contact"),
    ("used_tokens", UsedToken, OF_SESSION),
    ("factors", VisitorFactor, "contact"),
    ("passkeys", VisitorPasskey, "contact"),
    ("sessions", VisitorSession, "contact"),
)


def rows_of(model: type[Any], path: str, owners: Any) -> QuerySet[Any]:
    """Return the rows of a table above that go with conversations or people, of whom ids are given or a query."""
    rows: QuerySet[Any] = model.objects
    if path == OF_SESSION:
        return rows.filter(session_id__in=VisitorSession.objects.filter(contact_id__in=owners).values("id"))
    return rows.filter(**{f"{path}__in": owners})


class Attached:
    """A class of rows that may go before what they hang on does."""

    def __init__(
        self, record_class: RecordClass, name: str, model: type[Any], at: str, path: str, *, over: Callable[[], Q] = Q
    ) -> None:
        self.record_class, self.name, self.model, self.at, self.path, self._over = (
            record_class, name, model, at, path, over,
        )  # fmt: skip

    @property
    def of_people(self) -> bool:
        return self.path == "contact"

    def expired(self, before: datetime) -> QuerySet[Any]:
        """Return the rows whose time is over, held or not."""
        rows: QuerySet[Any] = self.model.objects.filter(self._over(), **{f"{self.at}__lt": before})
        return rows

    def kept(self) -> Q:
        """Return the condition of rows that a hold covers."""
        if self.of_people:
            return Q(contact_id__in=Contact.objects.filter(holds.held_contacts()).values("id"))
        return Q(**{f"{self.path}__in": Conversation.objects.filter(holds.held()).values("id")})


def _superseded() -> Q:
    """A receipt is over when its person has a newer one; which of two of one instant is newer, the id says."""
    later = Q(given_at__gt=OuterRef("given_at")) | Q(given_at=OuterRef("given_at"), id__gt=OuterRef("id"))
    return Q(Exists(ConsentReceipt.objects.filter(later, contact=OuterRef("contact"))))


ATTACHED: Final = (
    Attached(RecordClass.FORM, "forms", FormRequest, "ended_at", "conversation"),
    Attached(RecordClass.PROOF, "proofs", ProofRequest, "ended_at", "conversation"),
    Attached(RecordClass.RATING, "ratings", Rating, "changed_at", "conversation"),
    Attached(RecordClass.LINK, "mailed_links", MailedLink, "expires_at", "conversation"),
    Attached(RecordClass.REPORT, "reports", MaskingReport, "decided_at", "message__conversation"),
    Attached(RecordClass.RECEIPT, "receipts", ConsentReceipt, "given_at", "contact", over=_superseded),
)


def expired(before: datetime) -> QuerySet[Conversation]:
    """Return the conversations whose last event lies before an instant, held or not."""
    rows = Conversation.objects.alias(last_event=LAST_EVENT)
    found: QuerySet[Conversation] = rows.filter(last_event__lt=before)
    return found


def due(before: datetime) -> QuerySet[Conversation]:
    """Return those of them that no hold covers."""
    return expired(before).exclude(holds.held())


def unseen(before: datetime) -> QuerySet[Contact]:
    """Return people with no conversation who were not seen since an instant, held or not."""
    recent = VisitorSession.objects.filter(contact=OuterRef("pk"), seen_at__gte=before)
    alone = Contact.objects.exclude(Exists(Conversation.objects.filter(contact=OuterRef("pk"))))
    found: QuerySet[Contact] = alone.filter(created_at__lt=before).exclude(Exists(recent))
    return found
