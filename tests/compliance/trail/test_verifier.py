"""The one file that an auditor runs on an export, alone."""

import ast
import json
import subprocess
import sys

import pytest

from compliance import audit_chain
from compliance.anchoring import anchor as anchoring
from compliance.anchoring.places import Folder
from compliance.audit_export import Export
from compliance.models import AnchorKey
from compliance.verifier.one_file import MODULES, one_file
from compliance.verifier.program import main
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, settings):
    settings.AUDIT_ANCHORS = tmp_path / "anchors"
    return Folder(settings.AUDIT_ANCHORS)


@pytest.fixture
def exported(acme, sealed, folder, now, tmp_path):
    """Seal, anchor and export Acme's chain; return the file."""

    def exported(*, form="json_lines", only=None, count=4):
        sealed(count)
        anchoring.anchor(now=now, folder=folder)
        with tenant_scope(acme):
            export = Export.of(acme.id, only)
        file = tmp_path / f"trail.{form}"
        file.write_text("".join(getattr(export, form)()), encoding="utf-8", newline="")
        return file

    return exported


@pytest.fixture
def judge(capsys):
    """Judge files as the program does: exit code and what it says."""

    def judge(file, *arguments):
        code = main([str(file), *map(str, arguments)])
        return code, capsys.readouterr().out

    return judge


def altered(file, line, **changes):
    lines = file.read_text().splitlines()
    row = json.loads(lines[line]) | changes
    lines[line] = json.dumps(row)
    file.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("form", ["json_lines", "csv"])
def test_an_export_is_right_and_is_held_by_the_operators_anchors(acme, exported, judge, folder, form):
    file = exported(form=form)
    count = audit_chain.verify(acme.id).entries

    code, said = judge(file, "--anchors", *folder.files(), "--key", AnchorKey.objects.get().public)

    assert code == 0
    assert f"ok: {count} entries through {count}" in said
    assert f"Held by anchors up to entry {count}, signed by a key that you named" in said


def test_the_proof_in_an_export_binds_its_head_without_the_operators_file(exported, judge):
    file = exported()
    key = AnchorKey.objects.get().public

    assert "Held by anchors up to" in judge(file, "--key", key)[1]
    assert judge(file, "--key", "00" * 32)[0] == 1
    proof = json.loads(file.read_text().splitlines()[0])["proof"]
    altered(file, 0, proof=proof | {"hash": "00" * 32})
    assert judge(file, "--key", key)[0] == 1


def test_the_first_bad_entry_is_named(exported, judge):
    file = exported()
    altered(file, 3, event="tenant.opened ")

    code, said = judge(file)

    assert code == 1
    assert "BROKEN entry 3: it was changed" in said


def test_a_line_that_is_cut_taken_out_or_no_line_is_named(exported, judge):
    file = exported()
    whole = file.read_text().splitlines(keepends=True)
    for bad, position in (
        (whole[:2] + whole[3:], 2), (whole[:-1], len(whole) - 1), ([*whole[:4], "{}\n", *whole[5:]], 4),
        ([*whole[:4], "not a line\n", *whole[4:]], 4), (whole[1:], 0), ([], 0), (["\x00"], 0),
    ):  # fmt: skip
        file.write_text("".join(bad))
        code, said = judge(file)
        assert code == 1, bad
        if bad[:1] == whole[:1]:
            assert f"BROKEN entry {position}:" in said


def test_a_chain_written_anew_as_a_whole_is_found_by_its_proof(acme, exported, judge):
    from compliance.verifier.entries import digest, origin
    from tests.support.trails import chain_of

    file = exported()
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    prior = origin(acme.id.bytes)
    for row, entry in zip(rows[1:], chain_of(acme), strict=True):
        row["prior"], row["event"] = prior.hex(), "forged.event"
        prior = digest(entry._replace(event="forged.event"), prior)
        row["hash"] = prior.hex()
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    code, said = judge(file)

    assert code == 1
    assert "another entry was anchored here" in said
    rows[0]["proof"] = None
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, said = judge(file)
    assert (code, "Not held against any anchor" in said) == (0, True)


def test_an_export_of_some_entries_is_held_against_what_stood_before_each(exported, judge):
    from django.db.models import Q

    file = exported(only=~Q(position=3), count=5)

    assert judge(file)[0] == 0
    altered(file, 3, facts='{"number": 99}')
    code, said = judge(file)
    assert (code, "BROKEN entry 4" in said) == (1, True)


def test_the_one_file_needs_nothing_of_ours_and_no_name_is_made_twice():
    tree = ast.parse(one_file())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    defined += [
        str(getattr(target, "id", target))
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert len(defined) == len(set(defined))
    assert len(MODULES) == len(set(MODULES))


def test_the_one_file_runs_alone(exported, tmp_path, folder):
    program = tmp_path / "elsewhere" / "audit_verifier.py"
    program.parent.mkdir()
    program.write_text(one_file())
    file = exported()
    altered(file, 2, at="2020-01-01T00:00:00+00:00")

    done = subprocess.run(
        [sys.executable, "-I", "-S", program, file, "--anchors", *folder.files()],
        cwd=program.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (1, "")
    assert "BROKEN entry 2" in done.stdout
