"""The embedded servers: real ones, on directories of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from helpdesk.embedded import layout, postgres, processes, services
from helpdesk.embedded.layout import DataDirectory, celery_url
from helpdesk.embedded.processes import ServerError, birth_mark
from helpdesk.embedded.services import InUseError, Services
from tests.support.places import reachable_directory

ROOT = Path(__file__).resolve().parents[2]
SUPERVISOR = """
import sys, time
from pathlib import Path
from helpdesk.embedded import layout
from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.services import Services
servers = Services(DataDirectory(Path(sys.argv[1])), careless=True)
servers.start()
print(*[child.pid for child in servers.children], flush=True)
time.sleep(120)
"""


@pytest.fixture
def data():
    with reachable_directory() as folder:
        yield DataDirectory(folder)


@pytest.fixture
def servers(data):
    running = Services(data, careless=True)
    running.start()
    yield running
    running.stop()


def supervisor_of(data: DataDirectory) -> tuple[subprocess.Popen[str], list[int]]:
    """A process of its own that runs the servers, and their process ids."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(data.path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    return process, [int(word) for word in process.stdout.readline().split()]


def answers(servers: Services) -> bool:
    try:
        psycopg.connect(servers.data.database_url("hd_owner")).close()
    except psycopg.OperationalError:
        return False
    return True


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


def test_the_application_role_can_neither_define_nor_bypass(servers):
    with psycopg.connect(servers.data.database_url(), autocommit=True) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE hd_owner")

    assert row == (False, False, False, False)


def test_the_lookup_role_cannot_sign_in_and_belongs_to_the_owner(servers):
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(servers.data.database_url("hd_lookup"))
    with psycopg.connect(servers.data.database_url("hd_owner")) as connection:
        assert connection.execute("SELECT pg_has_role('hd_owner', 'hd_lookup', 'MEMBER')").fetchone() == (True,)


def test_a_new_table_is_closed_to_the_application_until_it_is_granted(servers):
    with psycopg.connect(servers.data.keys_database_url("hd_owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE wrapped (id int)")
    with (
        psycopg.connect(servers.data.keys_database_url()) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT * FROM wrapped")


def test_nobody_else_can_reach_the_sockets(servers):
    for directory in (servers.data.postgres_socket, servers.data.valkey_socket.parent):
        assert directory.stat().st_mode & 0o777 == 0o700


def test_a_failing_row_leaves_no_value_in_the_log(servers):
    with psycopg.connect(servers.data.database_url("hd_owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE short (text varchar(3) CHECK (text <> 'no'))")
        for value in ("4111111111111111", "no"):
            with pytest.raises(psycopg.Error):
                connection.execute("INSERT INTO short VALUES (%s)", [value])

    log = (servers.data.logs / "postgres.log").read_text()
    assert "ERROR" in log
    assert "4111" not in log
    assert "INSERT" not in log


def test_data_survives_a_restart_and_a_second_run_of_the_roles_script(servers):
    with psycopg.connect(servers.data.database_url("hd_owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    servers.stop()
    servers.start()

    with psycopg.connect(servers.data.database_url("hd_owner")) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (7,)


def test_after_a_crash_it_comes_back_by_itself_while_others_are_looked_after(servers):
    crashed = servers.children[0]
    crashed.process.kill()
    crashed.process.wait()

    again = servers.start_postgres_again()

    assert servers.children[-1] is again
    assert processes.wait_until(lambda: not again.is_alive() or answers(servers), 20)
    assert again.is_alive()


def test_a_directory_in_use_is_refused_by_name_of_the_process(servers):
    with pytest.raises(InUseError, match=str(os.getpid())):
        Services(servers.data).claim()


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


def test_a_killed_supervisor_takes_its_servers_along(data):
    process, children = supervisor_of(data)
    process.kill()
    process.wait()

    gone = processes.wait_until(lambda: all(birth_mark(pid) is None for pid in children), 10)

    assert gone
    again = Services(data, careless=True)
    again.start()
    again.stop()


def test_servers_that_outlived_their_supervisor_are_ended_by_the_next_start(data, monkeypatch):
    # Without the kernel's help, as on a Mac.
    monkeypatch.setattr(processes, "LIBC", None)
    first = Services(data, careless=True)
    first.start()
    leftovers = [child.pid for child in first.children]
    assert first._lock is not None
    first._lock.close()

    second = Services(data, careless=True)
    second.start()

    try:
        for child in first.children:
            child.process.wait(5)
        assert all(child.pid not in leftovers for child in second.children)
    finally:
        second.stop()


def test_a_stale_pid_file_of_some_other_process_does_not_block_the_start(servers):
    servers.stop()
    (servers.data.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{servers.data.cluster}\n1\n5432\n\n\n\n")

    servers.start()

    assert redis.Redis.from_url(servers.data.redis_url()).ping()


def test_a_server_without_a_note_is_found_by_its_pid_file(servers):
    leader = servers.children[0]

    postgres.end_old_postmaster(servers.data.cluster / "postmaster.pid", servers.data.cluster)

    assert leader.process.wait(5) is not None


def test_valkey_keeps_nothing_on_disk(servers):
    client = redis.Redis.from_url(servers.data.redis_url())
    client.set("text", "4111111111111111")
    redis.Redis.from_url(servers.data.forms_redis_url()).set("form:text", "4111111111111111")
    servers.stop()

    assert not any(path.suffix in {".rdb", ".aof"} for path in servers.data.path.rglob("*"))


def test_what_waits_in_the_valkey_of_forms_can_be_taken_and_not_copied(servers):
    client = redis.Redis.from_url(servers.data.forms_redis_url())
    client.set("form:text", "sealed")
    for refused in (("GET", "form:text"), ("DUMP", "form:text"), ("KEYS", "*"), ("SAVE",), ("CONFIG", "GET", "dir"),
                    ("SET", "other", "x"), ("MONITOR",)):  # fmt: skip
        with pytest.raises(redis.exceptions.NoPermissionError):
            client.execute_command(*refused)
    nobody = redis.Redis(unix_socket_path=str(servers.data.forms_valkey_socket))
    with pytest.raises(redis.exceptions.AuthenticationError):
        nobody.get("form:text")

    assert client.getdel("form:text") == b"sealed"


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


def test_a_child_that_does_not_listen_is_ended_all_the_same(tmp_path):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    child = processes.start("stubborn", [sys.executable, "-c", stubborn], log=tmp_path / "log")
    processes.wait_until(lambda: "up" in child.last_words(), 5)
    began = time.monotonic()

    child.stop(patience_s=0.3)

    assert time.monotonic() - began < 3
    assert child.process.returncode == -signal.SIGKILL


def test_a_process_that_took_over_a_noted_id_is_left_alone():
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])

    processes.end_leftover(bystander.pid, "another birth", signal.SIGTERM, patience_s=0.1)

    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_cluster_stays_where_it_is_when_what_may_be_passed_through_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "KEPT_TEMPORARY", tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    for here_first in (True, False):
        data = DataDirectory(tmp_path / f"data{here_first}")
        monkeypatch.setattr(layout, "is_reachable", lambda _, here=here_first: here)
        first = data.servers
        data.cluster.mkdir(parents=True)

        monkeypatch.setattr(layout, "is_reachable", lambda _, here=here_first: not here)

        assert data.servers == first
