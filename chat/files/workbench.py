"""Where hostile files are decoded: a process of its own that knows no key, no database and no network.

    python -I workbench.py picture|document|every-page  < file  > what was made of it

A picture comes back as its pixels alone, encoded anew: nothing that stood beside them is left, neither what the camera
noted (EXIF) nor a second file in the first. Of a document its text comes back. It runs by itself and imports nothing of
ours. Ends with 0, or with one of `REFUSALS`; whatever else it ends with, the file could not be read.
"""

import io
import resource
import sys
import warnings
from collections.abc import Callable
from typing import Final

REFUSALS: Final = {10: "undecodable", 11: "pixels", 12: "encrypted", 13: "length", 14: "pictured"}
UNDECODABLE, TOO_MANY_PIXELS, ENCRYPTED, TOO_LONG, PICTURED = REFUSALS

MAX_PIXELS: Final = 50_000_000
#: A side of what comes back: enough to read a page that was photographed.
MAX_SIDE: Final = 4096
MAX_PAGES: Final = 500
MAX_CHARACTERS: Final = 1_000_000
MEMORY_BYTES: Final = 1024 * 1024 * 1024
CPU_S: Final = 20
#: By the decoder's name: what it is encoded as. Of several pictures in one, the first stays.
_AGAIN: Final = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WEBP", "GIF": "PNG"}


class RefusedError(Exception):
    """Nothing can be made of it; `code` is one of `REFUSALS`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _refuse(code: int, *, if_: bool) -> None:
    if if_:
        raise RefusedError(code)


def picture_again(content: bytes) -> bytes:
    """Return a picture made anew from its pixels, turned as it is meant to be seen.

    Raises:
        RefusedError: It has too many pixels, or can't be decoded.
    """
    from PIL import Image, ImageOps

    # Looked at by ourselves, before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(content), formats=list(_AGAIN)) as given:
            _refuse(TOO_MANY_PIXELS, if_=given.width * given.height > MAX_PIXELS)
            # A JPEG of several pictures is told by a name of its own.
            again = _AGAIN.get(str(given.format), "JPEG")
            given.draft(None, (MAX_SIDE, MAX_SIDE))
            turned = ImageOps.exif_transpose(given)
            turned.thumbnail((MAX_SIDE, MAX_SIDE))
            has_holes = again != "JPEG" and turned.has_transparency_data
            pixels = turned.convert("RGBA" if has_holes else "RGB")
            # A picture of its own: what `given` tells besides stays behind with it.
            clean = Image.new(pixels.mode, pixels.size)
            clean.paste(pixels)
            made = io.BytesIO()
            clean.save(made, format=again, **({} if again == "PNG" else {"quality": 88}))
    except RefusedError:
        raise
    except Exception:  # noqa: BLE001 (decoders raise whatever a broken file makes them)
        raise RefusedError(UNDECODABLE) from None
    return made.getvalue()


def document_text(content: bytes) -> bytes:
    """Return the text of a PDF as UTF-8: its pages, a form feed between, and what stands beside them, each after a NUL.

    Raises:
        RefusedError: It is encrypted, too long, or can't be read.
    """
    from pypdf import PdfReader

    pages: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        _refuse(ENCRYPTED, if_=reader.is_encrypted and not reader.decrypt(""))
        _refuse(TOO_LONG, if_=len(reader.pages) > MAX_PAGES)
        for page in reader.pages:
            pages.append(page.extract_text())
            _refuse(TOO_LONG, if_=sum(map(len, pages)) > MAX_CHARACTERS)
        beside = [str(value) for value in (reader.metadata or {}).values()]
        beside += [str(field.get("/V") or "") for field in (reader.get_fields() or {}).values()]
    except RefusedError:
        raise
    except Exception:  # noqa: BLE001 (as above)
        raise RefusedError(UNDECODABLE) from None
    told = "\f".join(page.replace("\0", " ") for page in pages)
    return "\0".join((told, *beside)).encode("utf-8", "replace")


def every_page(content: bytes) -> bytes:
    """Return the same of a PDF each of whose pages has text.

    Raises:
        RefusedError: As `document_text`; or a page is a picture, or empty.
    """
    text = document_text(content)
    if not all(page.strip() for page in text.partition(b"\0")[0].split(b"\f")):
        raise RefusedError(PICTURED)
    return text


WORK: Final[dict[str, Callable[[bytes], bytes]]] = {
    "picture": picture_again,
    "document": document_text,
    "every-page": every_page,
}


def main() -> int:
    """Do one piece of work between standard input and output, with little memory and little time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    try:
        made = WORK[sys.argv[1]](sys.stdin.buffer.read())
    except RefusedError as refused:
        return refused.code
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    # What a decoder says of a file may repeat some of it.
    sys.stderr = open("/dev/null", "w")  # noqa: SIM115, PTH123
    sys.exit(main())
