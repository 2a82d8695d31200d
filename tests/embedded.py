"""Start PostgreSQL and Valkey for a test run, before Django's settings are read.

Loaded by `-p tests.embedded`. The first process of the run starts the servers, and migrates a template as the
owner unless one made from the same migrations is there from the last run; it and each xdist worker get clones of
their own and connect as the application role. `tests.databases` has the fixtures.
"""

import atexit
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from helpdesk.embedded.layout import DATABASE, KEYS_DATABASE, OPERATOR_ROLE, OWNER_ROLE, SUPERUSER, DataDirectory
from helpdesk.embedded.processes import ServerError
from helpdesk.embedded.secrets import make_secrets
from helpdesk.embedded.services import InUseError, Services
from helpdesk.launch import migrated
from tests.support.measuring import unmeasured

ROOT: Final = Path(__file__).resolve().parents[1]
DATABASES: Final = {"DATABASE_URL": DATABASE, "KEYS_DATABASE_URL": KEYS_DATABASE}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if not early_config.known_args_namespace.help:
        prepare()
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # Registered late, so that its django_db_setup replaces pytest-django's.
    from tests import cast, databases

    config.pluginmanager.register(databases, "hushdesk-databases")
    config.pluginmanager.register(cast, "hushdesk-cast")


def prepare() -> None:
    """Point the environment at this process's own databases."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ.setdefault("DEMO", "true")
    if worker == "main":
        start_servers()
    data = DataDirectory.default()
    number = 0 if worker == "main" else int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = data.redis_url(number)
    os.environ["FORMS_REDIS_URL"] = data.forms_redis_url(number)
    os.environ |= clones(data, worker)
    for role, rights in (("OWNER", OWNER_ROLE), ("SUPERUSER", SUPERUSER)):
        for variable, database in DATABASES.items():
            os.environ[f"{role}_{variable}"] = data.database_url(rights, f"{database}_{worker}")


def clones(data: DataDirectory, name: str) -> dict[str, str]:
    """Make databases from the templates, and return the variables by which a process uses them."""
    variables = {}
    with superuser(data) as connection:
        for variable, database in DATABASES.items():
            clone = f"{database}_{name}"
            copy_database(connection, template_name(database), clone)
            variables[variable] = data.database_url(database=clone)
            variables[f"OPERATOR_{variable}"] = data.database_url(OPERATOR_ROLE, clone)
    return variables


@contextmanager
def databases_of_its_own() -> Iterator[dict[str, str]]:
    """Make databases for a demo of this process's, and return the variables by which the demo uses them.

    It need not make a cluster and migrate it then, which is a third of its start.
    """
    data, name = DataDirectory.default(), f"demo_{os.getpid()}"
    try:
        yield clones(data, name)
    finally:
        with superuser(data) as connection:
            for database in DATABASES.values():
                drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                connection.execute(drop.format(Identifier(f"{database}_{name}")))


def start_servers() -> None:
    """Start both servers on the first directory that no other run uses, and see that the templates are there."""
    for number in count(1):
        data = DataDirectory(ROOT / ".cache" / f"tests-{number}")
        try:
            services = started(data)
        except InUseError:
            continue
        break
    atexit.register(services.stop)
    os.environ["HUSHDESK_DATA_DIR"] = str(data.path)
    for name in ("SECRET_KEY", "KEY_ENCRYPTION_KEYS"):
        os.environ.pop(name, None)
    make_secrets(data)
    try:
        make_templates(data)
    except BaseException:
        services.stop()
        raise


def started(data: DataDirectory) -> Services:
    """Start the servers; a cluster that does not start any more (it is not kept safe on disk) is made anew."""
    services = Services(data, careless=True)
    try:
        services.start()
    except InUseError:
        raise
    except ServerError:
        shutil.rmtree(data.cluster, ignore_errors=True)
        services.start()
    return services


def make_templates(data: DataDirectory) -> None:
    """Drop what earlier runs left, and migrate a new template if the migrations have changed."""
    wanted = {template_name(database) for database in DATABASES.values()}
    with superuser(data) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'hushdesk%\\_%'").fetchall()
        present = {name for (name,) in rows} - set(DATABASES.values())
        for name in present - (wanted if wanted <= present else set()):
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
        if wanted <= present:
            return
        for database in DATABASES.values():
            copy_database(connection, database, f"{database}_draft")
    migrate(data)
    with superuser(data) as connection:
        for database in DATABASES.values():
            rename = SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(Identifier(f"{database}_draft"), Identifier(template_name(database))))


def migrate(data: DataDirectory) -> None:
    """Run the migrate step on the drafts, in a process of its own and as the owner."""
    owner = {name: data.database_url(OWNER_ROLE, f"{database}_draft") for name, database in DATABASES.items()}
    environment = {**unmeasured(os.environ), **owner, "REDIS_URL": data.redis_url(), "HUSHDESK_BOOTSTRAP": "off"}
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate_all", "-v", "0"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise pytest.UsageError(f"The test databases could not be migrated:\n{done.stdout}{done.stderr}")


def template_name(database: str) -> str:
    """A template's name carries the hash of what it was migrated from."""
    return f"{database}_template_{migrated.digest()}"


def copy_database(connection: psycopg.Connection, source: str, name: str) -> None:
    connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
    create = SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    connection.execute(create.format(Identifier(name), Identifier(source), Identifier(OWNER_ROLE)))


def superuser(data: DataDirectory) -> psycopg.Connection:
    return psycopg.connect(data.database_url(SUPERUSER, "postgres"), autocommit=True)
