"""Conversations in and masked conversations out, one JSON object a line."""

import json
from collections.abc import Iterator
from typing import Any

from compliance.masking.entities import ENTITIES
from compliance.masking.errors import DetectorFailedError
from compliance.masking.findings import AGENT, VISITOR, MaskedText, Utterance
from compliance.masking.policy import MaskingPolicy
from compliance.masking.window import mask_conversation


class MalformedLineError(Exception):
    """The line is not a conversation; the message says what is wrong, without any of it."""


def masked_line(line: bytes, policy: MaskingPolicy) -> str:
    """Mask the conversation of one line.

    Raises:
        MalformedLineError: The line is no conversation, or a card detector failed on it.
    """
    name, utterances = _parsed(line)
    try:
        outcomes = mask_conversation(utterances, policy)
    except DetectorFailedError as error:
        raise MalformedLineError(str(error)) from None
    return json.dumps({"id": name, "masked": [outcome.text for outcome in outcomes], "spans": list(_spans(outcomes))})


def _parsed(line: bytes) -> tuple[str, list[Utterance]]:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise MalformedLineError("not UTF-8") from None
    except (ValueError, RecursionError):
        raise MalformedLineError("not JSON") from None
    if not isinstance(record, dict):
        raise MalformedLineError("not an object")
    name, messages = record.get("id"), record.get("messages")
    if not isinstance(name, str):
        raise MalformedLineError('"id" is not a string')
    if not isinstance(messages, list):
        raise MalformedLineError('"messages" is not a list')
    return name, [_utterance(message) for message in messages]


def _utterance(message: Any) -> Utterance:
    if isinstance(message, str):
        return Utterance(VISITOR, message)
    if not isinstance(message, dict):
        raise MalformedLineError("a message is neither a string nor an object")
    by, text = message.get("by"), message.get("text")
    if by not in (VISITOR, AGENT):
        raise MalformedLineError('"by" is neither "visitor" nor "agent"')
    if not isinstance(text, str):
        raise MalformedLineError('"text" is not a string')
    return Utterance(by, text)


def _spans(outcomes: list[MaskedText]) -> Iterator[dict[str, int | str]]:
    for number, outcome in enumerate(outcomes):
        for finding in sorted(outcome.findings, key=lambda finding: finding.start):
            # The coarse fallback knows no kind; the list of kinds is closed.
            entity = finding.entity if finding.entity in ENTITIES else "SECRET"
            yield {"msg": number, "start": finding.start, "end": finding.end, "entity": entity}
