"""Count what a purge would remove, by the conditions that it removes by. Call everything inside the tenant's scope."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from chat import holds
from chat.actions import expiry
from chat.actions.expiry import OF_CONVERSATION, OF_PERSON, Attached, rows_of
from chat.models import Contact, Conversation
from compliance.models import RecordClass
from compliance.registry import Cutoffs, Expected

NOTHING = Expected()


def expected_conversations(cutoffs: Cutoffs) -> Expected:
    """Conversations past their time, with all that goes with them, people included of whom nothing is left."""
    before = cutoffs.get(RecordClass.CONVERSATION)
    if before is None:
        return NOTHING
    due = expiry.due(before)
    counts = _counted("conversations", due, OF_CONVERSATION)
    gone = _counted("contacts", _forsaken(due), OF_PERSON)
    held = expiry.expired(before).filter(holds.held()).count()
    return Expected(counts["conversations"] + gone["contacts"], counts | gone, held)


def expected_unseen(cutoffs: Cutoffs) -> Expected:
    """People who wrote nothing, and were not seen for so long."""
    before = cutoffs.get(RecordClass.CONTACT)
    if before is None:
        return NOTHING
    unseen = expiry.unseen(before)
    counts = _counted("contacts", unseen.exclude(holds.held_contacts()), OF_PERSON)
    return Expected(counts["contacts"], counts, unseen.filter(holds.held_contacts()).count())


def expected_attached(attached: Attached, cutoffs: Cutoffs) -> Expected:
    """Rows past their own time, but for those that go with their conversation or person anyway."""
    before = cutoffs.get(attached.record_class)
    if before is None:
        return NOTHING
    expired = attached.expired(before)
    free = expired.exclude(attached.kept())
    until = cutoffs.get(RecordClass.CONVERSATION)
    if until is not None:
        due = expiry.due(until)
        going = _forsaken(due).values("id") if attached.of_people else due.values("id")
        free = free.exclude(**{f"{attached.path}__in": going})
    unseen_before = cutoffs.get(RecordClass.CONTACT)
    if attached.of_people and unseen_before is not None:
        unseen = expiry.unseen(unseen_before).exclude(holds.held_contacts())
        free = free.exclude(contact__in=unseen.values("id"))
    gone = free.count()
    return Expected(gone, {attached.name: gone}, expired.filter(attached.kept()).count())


def _forsaken(due: QuerySet[Conversation]) -> QuerySet[Contact]:
    """People all of whose conversations go, and whom no hold covers."""
    theirs = Conversation.objects.filter(contact=OuterRef("pk"))
    staying = theirs.exclude(id__in=due.values("id"))
    found: QuerySet[Contact] = (
        Contact.objects.filter(Exists(theirs)).exclude(Exists(staying)).exclude(holds.held_contacts())
    )
    return found


def _counted(name: str, owners: QuerySet[Any], rows: tuple[tuple[str, type[Any], str], ...]) -> dict[str, int]:
    """Count conversations or people and what goes with them; on most nights none go, and then nothing else is asked."""
    found = owners.count()
    if not found:
        return dict.fromkeys([name, *(each for each, _, _ in rows)], 0)
    # Written once: which they are is a condition over holds and people, as long as a page.
    ids = RawSQL(*owners.values("id").query.sql_with_params())  # noqa: S611  our own, with its parameters apart
    with_them = {each: rows_of(model, path, ids).count() for each, model, path in rows}
    return with_them | {name: found}
