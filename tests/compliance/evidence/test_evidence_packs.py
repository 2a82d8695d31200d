"""Evidence of a period: from the trail alone, the same bytes for ever, and checked by whoever has one file."""

import io
import json
import zipfile
from datetime import timedelta
from random import Random

import pytest
from pypdf import PdfReader

from compliance import audit, audit_chain, audit_events
from compliance.anchoring import keys
from compliance.evidence import report
from compliance.evidence.building import build
from compliance.evidence.period import SETTLES_IN, EvidenceError, Period
from compliance.models import AuditEntry
from compliance.verifier import program
from compliance.verifier.entries import BrokenError
from compliance.verifier.packs import Pack, PackError
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.scoping import tenant_scope
from tests.proofs.evidence.measures import identical, tampered
from tests.proofs.evidence.scene import happen
from tests.proofs.gate.stage import Stage

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def control(manifest, key):
    return next(one for one in manifest["controls"] if one["plan"]["key"] == key)


def rows_of(content, key):
    lines = Pack(io.BytesIO(content)).read(f"controls/{key}.csv").decode().splitlines()
    return lines[1:]


def tell(tenant, event, subject, at):
    with tenant_scope(tenant):
        audit.record(Actor.system(), event, subject, at=at)


def sealed_at(tenant):
    """Seal, and return an instant behind all that is sealed."""
    audit_chain.seal(tenant.id)
    with tenant_scope(tenant):
        newest = AuditEntry.objects.exclude(position=None).latest("position")
    return newest.sealed_at + timedelta(microseconds=1)


def test_a_period_gives_the_same_bytes_whatever_came_after(scene, built):
    before = built(scene)

    happen(scene)

    assert built(scene) == before


def test_what_reads_the_present_would_be_seen(tmp_path, monkeypatch):
    # The report takes most of the time, and is held by the test above.
    monkeypatch.setattr(report, "render", lambda *_, **__: b"")

    found = identical.measure(Stage(is_short=True, folder=tmp_path))

    assert (found["identical"], found["mutants_survived"]) == (True, [])


def test_a_pack_is_checked_and_names_who_signed(scene, built, checked):
    content = built(scene)
    key = keys.newest(now=clock.now()).public

    told = checked(content, keys=[bytes.fromhex(key)])

    assert told["organisation"] == {"id": str(scene.tenant.id), "slug": scene.tenant.slug}
    assert told["chain"]["entries"] == told["chain"]["through"] - told["chain"]["first"] + 1 > 60
    assert told["chain"]["anchored"] in range(told["chain"]["first"], told["chain"]["through"])
    with pytest.raises(PackError, match="not named"):
        checked(content, keys=[bytes(32)])


def test_any_other_byte_is_found(scene, built):
    content = built(scene)

    assert tampered.is_good(content)
    assert [place for place, altered in tampered.alterations(content, 3) if tampered.is_good(altered)] == []


def test_what_is_more_than_a_byte_is_found_and_a_verifier_that_looks_away_is_seen(scene, built):
    content = built(scene)

    assert [name for name, deed in tampered.DEEDS.items() if tampered.is_good(deed(scene, content))] == []
    assert [name for name in tampered.MUTANTS if not tampered.is_seen(name, scene, content)] == []


def test_any_program_opens_it_and_nobody_is_named_in_it(scene, built):
    content = built(scene)

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        everything = b"".join(archive.read(name) for name in archive.namelist())
        told = json.loads(archive.read("manifest.json"))
        assert archive.read("sections/pci.csv").decode().count("10.3.4") == 1
    assert scene.owner.user.name.encode() not in everything
    assert scene.owner.user.email.encode() not in everything
    assert {one["name"] for one in told["files"]} >= {"report.pdf", "sections/soc2.csv", "sections/hipaa.csv"}


def test_the_report_has_every_framework_and_control(scene, built, checked):
    content = built(scene)
    pages = PdfReader(io.BytesIO(Pack(io.BytesIO(content)).read("report.pdf"))).pages
    text = "\n".join(page.extract_text() for page in pages)

    for words in ("SOC 2", "PCI DSS v4.0.1", "HIPAA", "164.308(a)(6)(ii)", "CC7.2", scene.tenant.slug):
        assert words in text
    assert all(f"({one['plan']['key']})" in text for one in checked(content)["controls"])


def test_each_entry_is_in_one_period_alone(scene, built, checked):
    middle = scene.period.end
    tell(scene.tenant, audit_events.RETENTION_PURGED, scene.tenant, clock.now())
    end = sealed_at(scene.tenant)
    tell(scene.tenant, audit_events.RETENTION_PURGED, scene.tenant, clock.now())
    sealed_at(scene.tenant)

    first, second = checked(built(scene)), checked(built(scene, Period(middle, end)))

    assert second["chain"]["first"] == first["chain"]["through"] + 1
    assert second["chain"]["prior"] == first["chain"]["head"]
    # That evidence was asked for, and the purge.
    assert second["chain"]["entries"] == 2


def test_a_period_without_an_entry_is_a_pack_too(scene, built, checked):
    begin = scene.period.begin - timedelta(days=9)

    told = checked(built(scene, Period(begin, begin + HOUR)))

    assert (told["chain"]["entries"], told["chain"]["first"], told["chain"]["through"]) == (0, 1, 0)
    assert not any(one["population"] for one in told["controls"])


def test_what_is_asked_before_a_period_and_not_answered_in_time_is_an_exception_in_it(scene, built, checked):
    begin, long_ago = sealed_at(scene.tenant), clock.now() - timedelta(days=70)
    late, never, soon = (AuditEntry() for _ in range(3))
    for subject, at in ((late, long_ago), (never, long_ago), (soon, clock.now())):
        tell(scene.tenant, audit_events.INCIDENT_OPENED, subject, at)
    middle = sealed_at(scene.tenant)
    for subject in (late, soon):
        tell(scene.tenant, audit_events.INCIDENT_CLOSED, subject, clock.now())
    end = sealed_at(scene.tenant)
    tell(scene.tenant, audit_events.AUDIT_READ, scene.tenant, clock.now())
    sealed_at(scene.tenant)

    first, second = built(scene, Period(begin, middle)), built(scene, Period(middle, end))

    # Asked in the first, and over in it already; in the second one is answered late, and one not at all.
    assert control(checked(first), "incidents")["exceptions"][1] >= 2
    rows = [row for row in rows_of(second, "incidents") if row.endswith("not closed within 60 days")]
    assert {str(late.id), str(never.id)} <= {row.split(",")[7] for row in rows}
    assert str(soon.id) not in {row.split(",")[7] for row in rows}


def test_a_day_on_which_a_control_was_failing_is_an_exception(scene, built, checked):
    begin = sealed_at(scene.tenant)
    with tenant_scope(scene.tenant):
        audit.record(
            Actor.system(), audit_events.CONTROLS_OBSERVED, scene.tenant, at=clock.now(),
            **{"training": "failing", "training.overdue": 2, "people": "ok"},
        )  # fmt: skip
    end = sealed_at(scene.tenant)
    tell(scene.tenant, audit_events.AUDIT_READ, scene.tenant, clock.now())
    sealed_at(scene.tenant)

    content = built(scene, Period(begin, end))
    told = control(checked(content), "training")

    assert (told["states"]["failing"], told["exceptions"]) == (1, [1])
    assert told["latest"] == {"training": "failing", "training.overdue": 2}
    assert "people" not in rows_of(content, "training")[0]


@pytest.mark.parametrize("ahead", [HOUR, timedelta(seconds=-1)])
def test_a_period_that_is_not_over_or_has_not_settled_gives_none(scene, ahead):
    now = clock.now()

    with pytest.raises(EvidenceError, match="not over"):
        build(scene.tenant, Period(now - HOUR, now + ahead), io.BytesIO(), now=now)


def test_without_an_entry_behind_its_end_a_period_is_not_final(scene, monkeypatch):
    monkeypatch.setattr("compliance.evidence.period.PAUSE_S", 0)
    end = clock.now() + HOUR

    with pytest.raises(EvidenceError, match="sealed"):
        build(scene.tenant, Period(end - HOUR, end), io.BytesIO(), now=end + SETTLES_IN)


def test_anchors_that_are_gone_are_said(scene, built):
    for file in scene.folder.files():
        file.unlink()

    with pytest.raises(EvidenceError, match="anchors"):
        built(scene)


def test_the_program_tells_a_pack_from_an_export(scene, built, tmp_path, capsys):
    file = tmp_path / "pack.zip"
    content = bytearray(built(scene))
    file.write_bytes(content)
    assert program.main([str(file), "--anchors", *map(str, scene.folder.files())]) == 0
    said = capsys.readouterr().out
    assert f"ok: evidence of {scene.tenant.slug}" in said
    assert "Held by anchors up to entry" in said

    content[Random(1).randrange(len(content))] ^= 1
    file.write_bytes(content)
    assert program.main([str(file)]) == 1
    assert "BROKEN" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"\x00" * 400])
def test_what_is_no_pack_is_said(content, checked):
    with pytest.raises((PackError, BrokenError)):
        checked(content)
