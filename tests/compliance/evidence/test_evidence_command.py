"""`manage.py evidence`: build a pack into a file, and check one without a database."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from helpdesk.core import clock


@pytest.fixture
def built(scene, settings, tmp_path):
    """Build the evidence of days that are over; return the file."""
    settings.AUDIT_ANCHORS = scene.folder.path
    file = tmp_path / "pack.zip"
    day = (clock.now() - timedelta(days=2)).date().isoformat()
    call_command("evidence", "build", "--org", scene.tenant.slug, "--from", day, "--to", day, "--out", str(file))
    return file


@pytest.mark.django_db
def test_a_pack_is_built_and_checked(built, capsys):
    call_command("evidence", "verify", str(built))

    assert "ok: evidence of" in capsys.readouterr().out
    assert [one.name for one in built.parent.glob(".evidence-*")] == []


@pytest.mark.django_db
def test_a_pack_that_was_changed_ends_with_one(built, capsys):
    built.write_bytes(built.read_bytes()[:-1] + b"\1")

    with pytest.raises(SystemExit) as ended:
        call_command("evidence", "verify", str(built))

    assert ended.value.code == 1
    assert "BROKEN pack" in capsys.readouterr().out


def test_checking_asks_no_database(tmp_path, monkeypatch):
    monkeypatch.setattr(type(connections["default"]), "cursor", None)
    file = tmp_path / "no.zip"
    file.write_bytes(b"PK")

    with pytest.raises(SystemExit):
        call_command("evidence", "verify", str(file))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("slug", "begin", "end", "words"),
    [
        ("nobody", "2026-01-01", "2026-01-31", "no organisation"),
        ("", "2026-02-01", "2026-01-31", "before it begins"),
        ("", "2026-02-30", "2026-03-31", "neither a day"),
        ("", "2026-01-01T00:00:00", "2026-03-31", "without a zone"),
        ("", "2026-01-01", "9998-12-31", "not over"),
    ],
)
def test_what_cannot_be_built_is_said(acme, slug, begin, end, words, tmp_path):
    given = ["--org", slug or "acme", "--from", begin, "--to", end, "--out", str(tmp_path / "x.zip")]

    with pytest.raises(CommandError, match=words):
        call_command("evidence", "build", *given)

    assert not (tmp_path / "x.zip").exists()
