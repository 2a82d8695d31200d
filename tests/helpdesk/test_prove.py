"""`manage.py prove`: what it refuses, and that the proof of isolation is green in its short form."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpdesk.launch import migrated, prove

ROOT = Path(__file__).resolve().parents[2]
OWN_SERVERS = {*prove.FOREIGN, *(f"{name}_FILE" for name in prove.FOREIGN), "HUSHDESK_DATA_DIR"}
KEYS = {
    "ok", "probes", "cells", "cells_uncovered", "leaks", "oracles", "mutants", "mutants_caught", "race_transactions",
    "race_wrong",
}  # fmt: skip


def test_a_proof_that_is_not_there_is_named(capsys):
    assert prove.main(["perpetual-motion"]) == 2
    assert "isolation" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["DATABASE_URL", "KEYS_DATABASE_URL", "REDIS_URL", "DATABASE_URL_FILE"])
def test_a_proof_is_not_run_on_servers_of_somebody_else(name, monkeypatch, capsys):
    for own in OWN_SERVERS:
        monkeypatch.delenv(own, raising=False)
    monkeypatch.setenv(name, "postgresql://hd_app@production/hushdesk")

    assert prove.main(["isolation"]) == 1
    assert json.loads(capsys.readouterr().out) == {"ok": False, "error": "foreign servers"}


def test_every_proof_is_a_module_that_is_there():
    for module in prove.PROOFS.values():
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists()


def test_a_proof_begins_from_no_cluster_of_other_migrations(tmp_path, monkeypatch):
    migrations = tmp_path / "chat" / "migrations"
    migrations.mkdir(parents=True)
    monkeypatch.setattr(migrated, "ROOT", tmp_path)
    monkeypatch.setattr(migrated, "CACHE", tmp_path)
    for number in range(2):
        (migrations / f"000{number}.py").touch()
        assert migrated.kept() is None
        migrated.place().mkdir()
        assert migrated.kept() == migrated.place()


def proved(*arguments: str) -> dict[str, Any]:
    """Return what a proof prints last. Unmeasured: it runs no line that other tests don't."""
    environment = {name: value for name, value in os.environ.items() if name not in OWN_SERVERS}
    done = subprocess.run(
        [sys.executable, "manage.py", "prove", *arguments],
        cwd=ROOT, env=environment | {"HUSHDESK_BOOTSTRAP": "off", "COVERAGE_PROCESS_START": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_nothing_that_must_not_be_kept_is_found_anywhere():
    result = proved("canaries", "--short", "--each", "1")

    assert result.keys() >= {"ok", "canaries", "surfaces", "sinks", "hits", "mutants", "mutants_caught"}
    assert result["ok"]
    assert (result["hits"], result["unregistered"], result["blind_sinks"]) == (0, 0, [])
    assert result["surfaces"] > 20


def test_no_organisation_learns_anything_of_another():
    result = proved("isolation", "--every", "1499", "--transactions", "400")

    assert result.keys() >= KEYS
    assert result["ok"]
    assert result["probes"] > 100
    assert (result["cells_uncovered"], result["leaks"], result["oracles"], result["race_wrong"]) == (0, 0, 0, 0)
