"""Hostile files are decoded apart, and only what was meant comes back."""

import ast
import io

import pytest
from PIL import Image

from chat.files import workbench
from chat.files.decoding import decoded
from chat.files.kinds import FileRefusedError
from chat.files.workbench import RefusedError, document_text, every_page, picture_again
from tests.support.pictures import PLACE, bomb, document, photograph, picture


def read(content):
    return Image.open(io.BytesIO(content))


def test_nothing_that_the_camera_noted_is_left_and_the_picture_stands_upright():
    before = photograph()
    assert PLACE.encode() in before
    assert read(before).size == (8, 6)

    after = picture_again(before)

    assert PLACE.encode() not in after
    assert not read(after).getexif()
    assert set(read(after).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert read(after).size == (6, 8)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_second_file_in_a_picture_is_not_in_what_comes_back(form):
    hidden = b"<script>alert(document.domain)</script>PK\x03\x04"

    after = picture_again(picture(form) + hidden)

    assert b"script" not in after
    assert b"PK\x03\x04" not in after
    assert read(after).size == (8, 6)
    assert max(abs(a - b) for a, b in zip(read(after).convert("RGB").getpixel((3, 3)), (200, 30, 30), strict=True)) < 12


def test_a_picture_keeps_what_can_be_seen_through_it():
    made = io.BytesIO()
    Image.new("RGBA", (4, 4), (10, 20, 30, 0)).save(made, "PNG")

    assert read(picture_again(made.getvalue())).mode == "RGBA"


def test_a_large_picture_comes_back_smaller():
    assert max(read(picture_again(picture("PNG", (5000, 10)))).size) == workbench.MAX_SIDE


def refusal(work, content):
    with pytest.raises(RefusedError) as refused:
        work(content)
    return workbench.REFUSALS[refused.value.code]


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded():
    assert len(bomb()) < 1000
    assert refusal(picture_again, bomb()) == "pixels"


@pytest.mark.parametrize("content", [picture()[:-200], picture("PNG")[:40], b"\xff\xd8\xff" + bytes(50), b"GIF89a"])
def test_a_picture_that_cannot_be_decoded_is_refused(content):
    assert refusal(picture_again, content) == "undecodable"


def test_a_picture_of_another_kind_is_not_tried():
    assert refusal(picture_again, picture("BMP")) == "undecodable"


def test_the_text_of_a_document_comes_back():
    pages = document_text(document("Hello Vera", "and more")).partition(b"\0")[0].split(b"\f")

    assert [page.strip() for page in pages] == [b"Hello Vera", b"and more"]


def test_a_page_without_text_is_told_where_every_page_must_be_read():
    assert b"Hello" in every_page(document("Hello"))
    assert refusal(every_page, document("Hello", "")) == "pictured"


def test_a_document_that_is_broken_or_too_long_is_refused(monkeypatch):
    assert refusal(document_text, b"%PDF-1.7 and nothing more") == "undecodable"
    monkeypatch.setattr(workbench, "MAX_PAGES", 1)
    assert refusal(document_text, document("a", "b")) == "length"
    monkeypatch.setattr(workbench, "MAX_PAGES", 9)
    monkeypatch.setattr(workbench, "MAX_CHARACTERS", 3)
    assert refusal(document_text, document("Hello")) == "length"


def test_a_locked_document_is_refused():
    from pypdf import PdfReader, PdfWriter

    writer, made = PdfWriter(PdfReader(io.BytesIO(document("Hello")))), io.BytesIO()
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(made)

    assert refusal(document_text, made.getvalue()) == "encrypted"


def test_it_is_done_in_a_process_of_its_own():
    assert read(decoded("picture", picture())).size == (8, 6)
    with pytest.raises(FileRefusedError) as refused:
        decoded("picture", bomb())
    assert refused.value.why == "pixels"


def test_that_process_has_no_environment_little_memory_and_writes_no_file(tmp_path, monkeypatch):
    script = tmp_path / "probe.py"
    script.write_text(
        "import os, runpy, sys, resource\n"
        f"bench = runpy.run_path({str(workbench.__file__)!r})\n"
        "bench['WORK']['picture'] = lambda content: repr((sorted(os.environ), "
        "resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_FSIZE)[0])).encode()\n"
        "sys.exit(bench['main']())\n"
    )
    monkeypatch.setattr("chat.files.decoding._SCRIPT", script)
    monkeypatch.setenv("SECRET_KEY", "not for files")

    environment, memory, file_size = ast.literal_eval(decoded("picture", b"").decode())

    assert "SECRET_KEY" not in environment
    assert (memory, file_size) == (workbench.MEMORY_BYTES, 0)


def test_one_that_does_not_come_to_an_end_is_refused(tmp_path, monkeypatch):
    script = tmp_path / "slow.py"
    script.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr("chat.files.decoding._SCRIPT", script)
    monkeypatch.setattr("chat.files.decoding.WITHIN_S", 0.05)

    with pytest.raises(FileRefusedError) as refused:
        decoded("picture", picture())

    assert refused.value.why == "undecodable"
