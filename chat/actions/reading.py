"""Move how far one side has read. Nothing is kept but two numbers; who has read, and when, is not."""

from uuid import UUID

from chat import permissions
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import Conversation, Message, ReadMark, ReadSide
from chat.permissions import Viewer, Visitor
from chat.protocol.relay import ReadNews
from tenants.scoping import tenant_scope


def mark_read(*, viewer: Viewer, conversation_id: UUID, sequence: int, seen: bool) -> ReadNews | None:
    """Set how far a viewer's side has come, and return what the others are told; None if nothing has moved.

    A mark moves forward only, and never past what is there. Who looks over a colleague's shoulder, or may not answer,
    moves nothing: "seen" tells the visitor that whoever answers has seen it.

    Args:
        sequence: The last message shown, in the viewer's own numbering.
        seen: Whether a person looked at it; if not, it has reached their device, which is told and not stored.

    Raises:
        ConversationNotFoundError: There is none, or it is not this visitor's.
    """
    is_visitor = isinstance(viewer, Visitor)
    with tenant_scope(viewer.tenant_id):
        conversation = Conversation.objects.filter(id=conversation_id).only("contact_id", "assignee_id").first()
        if conversation is None or (isinstance(viewer, Visitor) and viewer.contact_id != conversation.contact_id):
            raise ConversationNotFoundError
        if not isinstance(viewer, Visitor) and not _answers(conversation, viewer):
            return None
        reached, public = _reached(conversation_id, sequence, is_visitor=is_visitor)
        news = ReadNews(viewer.tenant_id, conversation_id, "visitor" if is_visitor else "team", reached, public, seen)
        if not reached or (seen and not _move(news)):
            return None
    return news


def _answers(conversation: Conversation, viewer: Viewer) -> bool:
    if isinstance(viewer, Visitor) or not permissions.may_answer(viewer):
        return False
    return conversation.assignee_id in (None, viewer.id)


def _reached(conversation_id: UUID, sequence: int, *, is_visitor: bool) -> tuple[int, int]:
    """Return the place in both numberings: of the last message there is, if the client claims a later one."""
    messages = Message.objects.of(conversation_id)
    if is_visitor:
        rows = messages.for_visitor().filter(public_sequence__lte=sequence).order_by("-public_sequence")
        last = rows.values_list("sequence", "public_sequence").first()
        return (0, 0) if last is None else (last[0], last[1] or 0)
    rows = messages.filter(sequence__lte=sequence).order_by("-sequence")
    reached = rows.values_list("sequence", flat=True).first()
    public = rows.for_visitor().values_list("public_sequence", flat=True).first()
    return reached or 0, public or 0


def _move(news: ReadNews) -> bool:
    side, place = ReadSide(news.side), {"sequence": news.sequence, "public_sequence": news.public_sequence}
    marks = ReadMark.objects.filter(conversation_id=news.conversation_id, side=side)

    def moved() -> bool:
        return bool(marks.filter(sequence__lt=news.sequence).update(**place))

    if moved():
        return True
    if marks.exists():
        return False
    # Two tabs may be the first at once: one row is made, and both try to move it.
    new = ReadMark(tenant_id=news.tenant_id, conversation_id=news.conversation_id, side=side)
    ReadMark.objects.bulk_create([new], ignore_conflicts=True)
    return moved()
