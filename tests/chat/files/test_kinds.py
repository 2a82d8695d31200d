"""What a file is, its content says; and what it is called, is made harmless."""

import pytest

from chat.files.kinds import KINDS, FileRefusedError, kind_of
from chat.files.names import MAX_SHOWN, clean_name
from chat.models import FileKind
from tests.support.pictures import document, picture


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("JPEG"), FileKind.JPEG),
        (picture("PNG"), FileKind.PNG),
        (picture("WEBP"), FileKind.WEBP),
        (picture("GIF"), FileKind.GIF),
        (document("Hello"), FileKind.PDF),
        (b"Just a line\n", FileKind.TEXT),
        ("Grüße, 你好\r\n\tfrom here".encode(), FileKind.TEXT),
        (b"\xef\xbb\xbfwith a mark", FileKind.TEXT),
        (b'{"a": 1}', FileKind.TEXT),
    ],
)
def test_a_file_is_what_it_holds(content, kind):
    assert kind_of(content).name == kind


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "kind"),
        (b"  \n<!DOCTYPE html><script>alert(1)</script>", "kind"),
        (b'<?xml version="1.0"?><svg/>', "kind"),
        (b"harmless\n<SCRIPT>alert(1)</script>", "kind"),
        (b"\xef\xbb\xbf<html>", "kind"),
        (b"%!PS-Adobe-3.0", "kind"),
        (b"{\\rtf1 hello}", "kind"),
        (b"MIME-Version: 1.0\r\n", "kind"),
        (b"MZ\x90\x00\x03", "kind"),
        (b"\x7fELF\x02\x01\x01", "kind"),
        (b"PK\x03\x04" + bytes(100), "kind"),
        (b"\x1f\x8b\x08" + bytes(30), "kind"),
        (b"II*\x00" + bytes(50), "kind"),
        (bytes(range(256)), "kind"),
        # A document that begins with something else is two files in one.
        (b"<html>" + document("Hello"), "kind"),
        (b"PK\x03\x04" + document("Hello"), "kind"),
        (b"GIF89a=1;alert(1)//\x00"[1:], "kind"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "kind"),
    ],
)
def test_what_is_none_of_them_is_refused(content, why):
    with pytest.raises(FileRefusedError) as refused:
        kind_of(content)

    assert refused.value.why == why


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Photo.JPEG", "Photo.jpeg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\vera\\photo.jpg", "photo.jpg"),
        # The direction is turned, so that it would be read as "...exe.jpg".
        ("invoice\u202egpj.exe", "invoicegpj.exe.jpg"),
        ("photo\u200b\u2066.jpg", "photo.jpg"),
        ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie_ x=1.jpg"),
        ("a\x00b.jpg", "ab.jpg"),
        ("page.html", "page.html.jpg"),
        ("run.jpg.exe", "run.jpg.exe.jpg"),
        ('"><img src=x onerror=y>.jpg', "___img src=x onerror=y_.jpg"),
        ("...", "file.jpg"),
        ("", "file.jpg"),
        (".jpg", "file.jpg"),
        ("  spaces   in   it  .jpg", "spaces in it.jpg"),
        ("x" * 4096, "x" * MAX_SHOWN + ".jpg"),
        ("\ud800.jpg", "file.jpg"),
        ("Ärger 你好.jpg", "Ärger 你好.jpg"),
    ],
)
def test_a_name_is_a_harmless_line_that_tells_the_truth_of_its_kind(given, kept):
    assert clean_name(given, KINDS[FileKind.JPEG]) == kept
