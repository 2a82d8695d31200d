"""Answers to the questions that stand in for a password: "my mother's maiden name is Kowalska"."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.lexicon import gate, rulebook, words
from compliance.masking.replies import secret_reply
from compliance.masking.scan import Scan

_QUESTION: Final = words("security_answer")
WORD_GATES: Final = (gate("security_answer"),)
_LINK: Final = re.compile(
    r"[\"')]{0,2}(?:[ ]?(?:[:=]|->?)|[ ](?:is|was|were|called|named|es|era|fue|est|etait|c'est|c'etait|ist|war|lautet"
    r"|heisst|hiess|e|to|jest|bylo|ar|var|heet|heette|llamaba|s'appelait|chiamava)(?=[ :])){1,3}[ :\"'(]{1,3}"
)
#: A name, or two or three with capitals.
_ANSWER: Final = re.compile(r"[^\W\d_][\w'-]{2,24}(?:[ ][A-Z\u00c0-\u00de][\w'-]{1,24}){0,2}")
_ORDINARY: Final = frozenset(
    word for name in ("not_secret", "filler", "everyday_replies") for word in rulebook()[name]
) | {"not", "wrong", "annoying", "required", "asked", "case", "never", "always", "something", "too", "also", "what"}
_ENDS: Final = re.compile(
    r"[\"')]{0,2}(?:[ ]?[.,;!?\n]|[ ]*(?![\s\S])"
    r"|[ ](?:and|but|so|y|et|und|e|en|i|och|if|in|on|for)(?![a-z]))"
)


class AnswerDetector:
    """Such answers where the question is named, or was asked."""

    id = "security-answer"
    entities = ("SECRET",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Answers in one view."""
        for word in scan.found(_QUESTION):
            link = _LINK.match(scan.lower, word.end(1))
            match = _ANSWER.match(scan.text, link.end()) if link else None
            if match is None or match.group().lower() in _ORDINARY:
                continue
            if match.group()[0].isupper() or _ENDS.match(scan.lower, match.end()):
                yield scan.candidate("SECRET", match.start(), match.end(), self.id, 0.7)
        if scan.was_asked(_QUESTION) and (span := secret_reply(scan.text)):
            yield scan.candidate("SECRET", *span, self.id, 0.65)
