"""Where the embedded servers live: their directory, sockets, binaries, and that production has none."""

import os
from pathlib import Path

import pytest

from helpdesk.embedded import postgres, processes, services
from helpdesk.embedded.layout import DataDirectory, celery_url
from helpdesk.embedded.processes import ServerError
from helpdesk.embedded.services import Services
from tests.support.server import ROOT


def test_the_urls_follow_from_the_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    data = DataDirectory(Path("/srv/hushdesk"))

    assert data.database_url() == "postgresql://hd_app@/hushdesk?host=/srv/hushdesk/run/postgres"
    assert data.keys_database_url("hd_owner") == "postgresql://hd_owner@/hushdesk_keys?host=/srv/hushdesk/run/postgres"
    assert data.redis_url(3) == "unix:///srv/hushdesk/run/valkey/valkey.sock?db=3"


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("unix:///srv/valkey.sock?db=3", "redis+socket:///srv/valkey.sock?virtual_host=3"),
        ("unix:///srv/valkey.sock", "redis+socket:///srv/valkey.sock?virtual_host=0"),
        ("redis://valkey:6379/0", "redis://valkey:6379/0"),
    ],
)
def test_celery_gets_its_own_spelling_of_a_socket(url, broker):
    assert celery_url(url) == broker


def test_a_path_too_long_for_a_socket_falls_back_to_a_short_one(tmp_path):
    data = DataDirectory(tmp_path / ("deep" * 30))

    assert len(str(data.postgres_socket / ".s.PGSQL.5432")) < 100
    assert data.servers == DataDirectory(data.path).servers


def test_the_default_is_the_directory_in_the_environment(monkeypatch):
    monkeypatch.setenv("HUSHDESK_DATA_DIR", "/srv/elsewhere")
    assert DataDirectory.default().path == Path("/srv/elsewhere")

    monkeypatch.delenv("HUSHDESK_DATA_DIR")
    assert DataDirectory.default().path == ROOT / ".data"


@pytest.mark.parametrize("environment", [{}, {"DEBUG": "false", "DEMO": "0"}])
def test_production_is_refused(environment):
    with pytest.raises(ServerError):
        services.refuse_in_production(environment)


@pytest.mark.parametrize("environment", [{"DEMO": "true"}, {"DEBUG": "1", "DEMO": "false"}])
def test_a_demo_and_a_debug_run_are_not(environment):
    services.refuse_in_production(environment)


def test_a_directory_with_other_files_in_it_is_left_alone(data):
    (data.path / "thesis.txt").write_text("mine")

    with pytest.raises(ServerError, match="not Hushdesk's"):
        Services(data).claim()


def test_forgetting_removes_what_the_servers_made_and_nothing_else(data):
    running = Services(data, careless=True)
    running.start()
    (data.path / "note.txt").write_text("mine")
    running.stop()
    running.claim()

    running.forget()
    running.stop()

    assert not data.cluster.exists()
    assert (data.path / "note.txt").read_text() == "mine"


def test_the_machines_own_postgresql_will_do(tmp_path, monkeypatch):
    for version in (14, 15, 16):
        for name in ("postgres", "initdb", "psql"):
            program = tmp_path / str(version) / "bin" / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}.3 (Distribution {version}.3-1)'\n")
            program.chmod(0o755)
    monkeypatch.setattr(postgres, "wheel_programs", lambda: None)
    monkeypatch.setattr(postgres, "PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    assert postgres.find_installation().major == 16
    assert postgres.find_installation(major=15).major == 15
    with pytest.raises(ServerError, match="PostgreSQL 14"):
        postgres.find_installation(major=14)


def test_the_wheel_is_preferred_and_is_version_18():
    assert postgres.find_installation().major == 18


def test_a_copy_is_made_where_nobody_cannot_read(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "is_reachable", lambda _path: False)

    copy = postgres.reachable_copy(postgres.find_installation(), tmp_path)

    assert copy.programs.is_relative_to(tmp_path)
    assert copy.major == 18
    assert copy.program("postgres").stat().st_mode & 0o005 == 0o005
    assert postgres.reachable_copy(postgres.find_installation(), tmp_path) == copy


def test_somebody_elses_directory_is_not_used(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with pytest.raises(ServerError, match="belongs to somebody else"):
        processes.private_directory(tmp_path / "link")
