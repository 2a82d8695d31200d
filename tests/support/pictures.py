"""Files to send: pictures, documents, and what pretends to be one."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

#: What a camera notes; nobody may find it in what is handed over.
PLACE = "Taken at 52.5200 N 13.4050 E"


def picture(form: str = "JPEG", size: tuple[int, int] = (8, 6), **told: Any) -> bytes:
    """Return a small picture, red all over."""
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(made, form, **told)
    return made.getvalue()


def photograph() -> bytes:
    """Return a picture in which the camera has noted where it was, and which way it was held."""
    exif = Image.Exif()
    exif[0x010E] = PLACE
    exif[0x0112] = 6
    return picture(exif=exif.tobytes(), comment=PLACE.encode())


def bomb() -> bytes:
    """Return a PNG of a few hundred bytes that says it is 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def document(*pages: str) -> bytes:
    """Return a PDF with a line of text on each page (ISO 32000-1, section 7.5)."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        drawn = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode() if text else b""
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table, begin = b"".join(b"%010d 00000 n \n" % place for place in places), len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, begin,
    )  # fmt: skip
    return bytes(made)
