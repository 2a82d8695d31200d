"""Every command in Dockerfile and docker-compose.yml, run exactly as it is written."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from django.contrib import admin
from psycopg.rows import scalar_row

from helpdesk.embedded import postgres, processes, valkey
from helpdesk.embedded.layout import OWNER_ROLE, SUPERUSER, DataDirectory
from helpdesk.embedded.services import Services
from helpdesk.launch import make_secrets
from tests.helpdesk.deployment.conftest import DOCKERFILE, SERVICES
from tests.support.places import reachable_directory
from tests.support.server import ROOT

# Of every policy that lets rows in, or is the floor, but those of the lookup role and of the table that holds the
# context's own key; others only narrow what these say of the tenant.
POLICY_CONDITIONS = """
SELECT qual FROM pg_policies WHERE (permissive = 'PERMISSIVE' OR policyname = 'floor')
    AND policyname <> 'lookup' AND tablename <> 'tenant_context_key'
"""
# What a module of ours imports, at once or later.
IMPORTED = re.compile(r"""(?:\bfrom |^import |\bimport\()["'](\.[^"']+)""", re.MULTILINE)
ROLES = ("hd_owner", "hd_app", "hd_operator")


def test_static_files_are_gathered_as_the_image_does_it(tmp_path):
    command = re.search(r"^RUN (SECRET_KEY=(?:.*\\\n)*.*)", DOCKERFILE, re.MULTILINE)
    assert command is not None
    assert " collectstatic " in command[1]
    text = command[1].replace("\\\n", " ")

    done = run(["/bin/sh", "-c", text], environment={"STATIC_ROOT": str(tmp_path / "static")})

    assert done.returncode == 0, done.stderr
    assert any((tmp_path / "static").rglob("*.css"))
    modules = list((tmp_path / "static" / "chat").rglob("*.js"))
    imported = [(module, name) for module in modules for name in IMPORTED.findall(module.read_text())]
    assert len(imported) > len(modules)
    assert [(module.name, name) for module, name in imported if not (module.parent / name).exists()] == []
    gathered = json.loads((tmp_path / "static" / "staticfiles.json").read_text())["paths"]
    # Of the admin's vendored scripts only those that its pages name are gathered.
    named = {name for listed in admin.site._registry.values() for name in listed.media._js}
    assert named
    assert named <= gathered.keys()


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
def verifying(stage):
    """What the policies of databases that were made from nothing to verify the context did."""
    migrate(stage, SIGN_TENANT_CONTEXT="true")
    return verified(stage)


@pytest.fixture(scope="module")
def migrated(stage, verifying):
    """Databases as the file makes them, which takes back what they did before."""
    migrate(stage)
    return stage


def migrate(stage, **more):
    data, secrets = stage
    done = run(SERVICES["migrate"]["command"], environment=environment_of("migrate", data, secrets) | more)
    assert done.returncode == 0, done.stderr


def verified(stage):
    """For each database, whether its policies verify the context: all of them, or none."""
    data, _ = stage
    found = []
    for url in (data.database_url(), data.keys_database_url()):
        with psycopg.connect(url) as application:
            policies = application.execute(POLICY_CONDITIONS).fetchall()
        found.append(sorted({"verified_tenant" in qual for (qual,) in policies}))
    return found


def test_the_migrate_step_lets_the_databases_verify_the_context_and_takes_it_back(verifying, migrated):
    assert verifying == [[True], [True]]
    assert verified(migrated) == [[False], [False]]


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
