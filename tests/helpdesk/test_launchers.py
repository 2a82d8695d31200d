"""`manage.py test`, `check_all` and `make_secrets`: what they decide before they start anything."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from helpdesk.launch import check_all, make_secrets, testing
from helpdesk.launch.check_all import Check, Result
from helpdesk.launch.testing import NoBrowserError

ROOT: Final = Path(__file__).resolve().parents[2]


class Commands(list):
    """What would be run, instead of which it ends with these codes."""

    def __init__(self):
        self.environments, self.codes = [], [0, 0, 0]

    def run(self, command, *, env, **_):
        self.append(command)
        self.environments.append(env)
        return subprocess.CompletedProcess(command, self.codes[len(self) - 1])


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """The commands that a test run consists of."""
    commands = Commands()
    monkeypatch.setattr(testing.subprocess, "run", commands.run)
    monkeypatch.setattr(testing, "find_browser", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(testing, "COVERAGE_DATA", tmp_path / "coverage")
    return commands


@pytest.mark.parametrize(
    "arguments", [["tests/helpdesk"], ["-k", "cards"], ["-q", "tests/helpdesk/test_env.py::test_x"], ["--co"]]
)
def test_a_chosen_part_is_run_as_it_is_asked_for_and_has_no_coverage_floor(arguments, commands):
    assert testing.main([*arguments, "--coverage"]) == 0

    ran, _, report = commands
    assert ran[3:] == arguments
    assert report[-1] == "--fail-under=0"


@pytest.mark.parametrize("arguments", [[], ["-q"], ["-x", "--durations=5"], ["-n", "4"]])
def test_the_whole_is_spread_and_has_a_floor_where_it_is_measured(arguments, commands):
    assert testing.main([*arguments[:1], "--coverage", *arguments[1:]]) == 0

    ran, _, report = commands
    assert ran[3 : -len(arguments) or None] == [*testing.SPREAD, "-n", str(testing.processes_for(os.cpu_count()))]
    assert ran[len(ran) - len(arguments) :] == arguments
    assert report[-1] == f"--fail-under={testing.COVERAGE_FLOOR}"


def test_what_is_not_asked_to_be_measured_is_not(commands, monkeypatch):
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)

    assert testing.main(["-q"]) == 0

    (ran,) = commands
    assert "COVERAGE_PROCESS_START" not in commands.environments[0]
    assert ran[-1] == "-q"


@pytest.mark.parametrize(("tests", "report", "code"), [(0, 0, 0), (0, 2, 2), (1, 0, 1), (1, 2, 1)])
def test_failing_tests_and_too_little_coverage_both_fail_the_run(tests, report, code, commands):
    commands.codes = [tests, 0, report]

    assert testing.main(["--coverage"]) == code


def test_one_process_more_than_there_are_cores_runs_the_tests_and_valkey_has_databases_for_all():
    assert [testing.processes_for(cores) for cores in (1, 2, 4)] == [2, 3, 5]
    assert testing.processes_for(64) < 16


def test_the_browser_that_was_named_is_taken(monkeypatch):
    monkeypatch.setenv("HUSHDESK_BROWSER", sys.executable)

    assert testing.find_browser() == sys.executable


def test_a_named_browser_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setenv("HUSHDESK_BROWSER", "/nowhere/chrome")

    with pytest.raises(NoBrowserError, match="/nowhere/chrome"):
        testing.find_browser()


def test_a_browser_on_the_path_is_found_and_one_without_windows_before_one_with(monkeypatch, tmp_path):
    monkeypatch.delenv("HUSHDESK_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    for name in ("google-chrome", "chromium", "chromium-headless-shell"):
        browser = tmp_path / name
        browser.write_text("#!/bin/sh\n")
        browser.chmod(0o755)
        assert testing.find_browser() == str(browser)


@pytest.mark.parametrize("there_is", ["chromium-headless-shell", "chromium"])
def test_a_browser_is_installed_by_what_the_machine_offers(there_is, monkeypatch):
    installed = set()

    def run(command, **_):
        if there_is in command:
            installed.add(there_is)
        return subprocess.CompletedProcess(command, int(there_is not in command), "", "")

    monkeypatch.setattr(testing.os, "getuid", lambda: 0)
    monkeypatch.setattr(testing.shutil, "which", lambda name: name if name in {"apt-get", *installed} else None)
    monkeypatch.setattr(testing.subprocess, "run", run)
    monkeypatch.setattr(testing, "playwright_browser", lambda: None)
    monkeypatch.delenv("HUSHDESK_BROWSER", raising=False)

    assert testing.install_browser() == there_is


def test_without_any_browser_the_error_shows_what_was_tried(monkeypatch, capsys):
    monkeypatch.setattr(testing, "find_browser", lambda: None)
    monkeypatch.setattr(testing.os, "getuid", lambda: 1000)
    monkeypatch.setattr(testing.sys, "executable", "/bin/false")

    assert testing.main([]) == 3
    said = capsys.readouterr().err
    assert "playwright install chromium" in said
    assert "HUSHDESK_BROWSER" in said


@pytest.mark.parametrize(
    ("code", "output", "state"),
    [
        (0, "No known vulnerabilities found", "ok"),
        (0, "", "not run"),
        (0, "No known vulnerabilities found\nName Skip Reason\nx  not on the index", "not run"),
        (1, "requests.exceptions.ConnectionError: Max retries exceeded", "not run"),
        (1, "Found 1 known vulnerability in 1 package", "failed"),
    ],
)
def test_an_audit_that_looked_at_nothing_is_not_green(code, output, state):
    assert check_all.judge_audit(code, output).state == state


@pytest.mark.parametrize(
    ("code", "output", "state"),
    [
        (0, "System check identified no issues", "ok"),
        (1, "System check identified some issues:\n?: (helpdesk.W002) The key", "ok"),
        (1, "System check identified some issues:\n?: (helpdesk.W002) The key\n?: (security.W004) HSTS", "failed"),
        (1, "Traceback", "failed"),
    ],
)
def test_a_deployment_warning_counts_unless_it_stands_for_a_choice(code, output, state):
    assert check_all.judge_deployment(code, output).state == state


def test_the_table_names_each_check_and_its_result():
    text = check_all.table([("lint", Result("ok"), 1.0), ("advisories", Result("not run", "no network"), 2.5)])

    assert text.splitlines()[1:] == ["lint             ok         1.0s", "advisories       not run    2.5s  no network"]


def test_a_failed_check_fails_the_command_and_shows_its_output(monkeypatch, capsys):
    failing = Check("lint", (sys.executable, "-c", "print('line 3 is wrong'); raise SystemExit(1)"))
    fine = Check("types", (sys.executable, "-c", ""))
    monkeypatch.setattr(check_all, "checks", lambda: [failing, fine])

    assert check_all.main([]) == 1
    assert "line 3 is wrong" in capsys.readouterr().err
    assert check_all.main(["types"]) == 0


def test_a_tool_that_is_missing_fails():
    result, _ = check_all.run(Check("lint", ("/nowhere/ruff",)))

    assert result.state == "failed"


def test_an_unknown_check_is_an_error(capsys):
    assert check_all.main(["nonsense"]) == 2


def test_secrets_are_made_once_and_agree_with_each_other(tmp_path, capsys):
    directory = tmp_path / "secrets"
    make_secrets.main([str(directory)])
    first = {path.name: path.read_text() for path in directory.iterdir()}
    make_secrets.main([str(directory)])

    assert {path.name: path.read_text() for path in directory.iterdir()} == first
    assert first["hd_app_password"] in first["database_url"]
    assert first["hd_owner_password"] in first["owner_keys_database_url"]
    assert first["hd_owner_password"] != first["hd_app_password"]
    assert directory.stat().st_mode & 0o777 == 0o700
    assert "Back up key_encryption_keys" in capsys.readouterr().out


def test_a_lost_url_is_made_again_with_the_password_that_is_in_use(tmp_path):
    make_secrets.main([str(tmp_path)])
    before = (tmp_path / "database_url").read_text()
    (tmp_path / "database_url").unlink()

    make_secrets.main([str(tmp_path)])

    assert (tmp_path / "database_url").read_text() == before


def test_a_command_that_finds_no_settings_says_what_is_missing_and_traces_nothing(tmp_path):
    there = {name: value for name, value in os.environ.items() if not name.startswith(("SECRET_KEY", "COVERAGE"))}
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_audit"], cwd=ROOT, capture_output=True, text=True, check=False,
        env=there | {
            "HUSHDESK_DATA_DIR": str(tmp_path), "HUSHDESK_BOOTSTRAP": "off",
            "DJANGO_SETTINGS_MODULE": "helpdesk.settings",
        },
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.startswith("SECRET_KEY (or SECRET_KEY_FILE) must be set.")
    assert "Traceback" not in done.stderr
