"""Which files a conversation takes. What a file is, its content says: never its name, nor what a browser calls it."""

import codecs
from dataclasses import dataclass
from typing import Final

import puremagic

from chat.models.attachment import FileKind

#: Enough for whatever stands at a file's beginning.
_LOOKED_AT: Final = 4096
#: A text that a browser might take for a page, or a program for markup with scripts in it.
_MARKUP: Final = ("<", "%!ps", "{\\rtf", "mime-version:")
_TEXT_CONTROLS: Final = frozenset("\t\n\r\f")


class FileRefusedError(Exception):
    """A file that is not taken; `why` is one of `REASONS`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: what it is served as, and by which endings it may be named, the first where it has another."""

    name: FileKind
    media_type: str
    suffixes: tuple[str, ...]
    starts: tuple[bytes, ...] = ()
    #: What stands in the ninth byte and after.
    goes_on: bytes = b""
    is_picture: bool = False


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(FileKind.JPEG, "image/jpeg", ("jpg", "jpeg", "jfif"), (b"\xff\xd8\xff",), is_picture=True),
        Kind(FileKind.PNG, "image/png", ("png",), (b"\x89PNG\r\n\x1a\n",), is_picture=True),
        Kind(FileKind.WEBP, "image/webp", ("webp",), (b"RIFF",), b"WEBP", is_picture=True),
        Kind(FileKind.GIF, "image/gif", ("gif",), (b"GIF87a", b"GIF89a"), is_picture=True),
        Kind(FileKind.PDF, "application/pdf", ("pdf",), (b"%PDF-",)),
        Kind(FileKind.TEXT, "text/plain; charset=utf-8", ("txt", "csv", "log", "md", "json")),
    )
}
_BY_MEDIA_TYPE: Final = {kind.media_type: kind for kind in KINDS.values() if kind.starts}


def kind_of(content: bytes) -> Kind:
    """Return what a file is.

    Raises:
        FileRefusedError: It is empty, or none of what is taken.
    """
    if not content:
        raise FileRefusedError("empty")
    named = _by_signature(content)
    if named is not None:
        return named
    if _is_plain_text(content):
        return KINDS[FileKind.TEXT]
    raise FileRefusedError("kind")


def _by_signature(content: bytes) -> Kind | None:
    try:
        found = puremagic.magic_string(content[:_LOOKED_AT])
    except (puremagic.PureError, ValueError):
        found = []
    told = {match.mime_type for match in found}
    # Beside what the library says, the signature stands at the very beginning: it also takes one further on.
    for media_type, kind in _BY_MEDIA_TYPE.items():
        if media_type in told and content.startswith(kind.starts) and content.startswith(kind.goes_on, 8):
            return kind
    return None


def _is_plain_text(content: bytes) -> bool:
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        return False
    if text.lstrip()[:20].lower().startswith(_MARKUP) or "<script" in text.lower():
        return False
    return all(sign >= " " or sign in _TEXT_CONTROLS for sign in set(text)) and "\x7f" not in text
