"""What the embedded servers let each role do, keep and forget."""

import psycopg
import pytest
import redis


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
