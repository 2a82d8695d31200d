"""The two frames that go out for every message, written by hand: a model and its serializer take ten times as long.

They are, letter for letter, what `codec.encode` makes of `MessagePosted`, `MessageRemasked` and `MessageAcknowledged`.
"""

from datetime import datetime
from json.encoder import encode_basestring as quoted
from uuid import UUID

from chat.protocol.relay import PostedEntry


def posted(entry: PostedEntry, sequence: int, author: tuple[str, str], text: str) -> str:
    """Return the frame of one opened message.

    Args:
        sequence: In the numbering of whoever is told.
        author: Kind and name, as they may know them.
    """
    kind, name = author
    findings = ",".join(
        f'{{"entity":{quoted(entity)},"start":{start},"end":{end}}}' for entity, start, end in entry.findings
    )
    return (
        f'{{"v":1,"type":"message.{"remasked" if entry.is_remasked else "posted"}",'
        f'"conversation":"{entry.conversation_id}","sequence":{sequence},"client_id":"{entry.client_id}",'
        f'"author":{{"kind":"{kind}","name":{quoted(name)}}},"kind":"{entry.kind}","at":"{_instant(entry.at)}",'
        f'"text":{quoted(text)},"findings":[{findings}]}}'
    )


def acknowledged(client_id: UUID, conversation_id: UUID, sequence: int, at: datetime) -> str:
    """Return the frame that tells a sender that a message is stored."""
    return (
        f'{{"v":1,"type":"message.acknowledged","client_id":"{client_id}","conversation":"{conversation_id}",'
        f'"sequence":{sequence},"at":"{_instant(at)}"}}'
    )


def _instant(at: datetime) -> str:
    text = at.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text
