"""`manage.py test [--coverage] …`: find or install a browser, then run pytest with the arguments given."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
# Chromium without its windows, menus and services first: the same engine, at half the work for a page.
SHELL: Final = "chromium-headless-shell"
BROWSERS: Final = (
    SHELL, "chrome-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge",
)  # fmt: skip
APPLICATION_BUNDLES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
COVERAGE_FLOOR: Final = 90
COVERAGE_DATA: Final = ROOT / ".cache" / "coverage"
# Measures branch coverage too. To measure slows every line down (docs/adr/0048), so it is done where it is asked for.
MEASURED: Final = "--coverage"
# What shares a browser or a demo stays together, and what takes long begins first: tests/spread.py. What ran before
# is not measured again: tests/pausing.py.
SPREAD: Final = ("-p", "tests.spread", "-p", "tests.pausing", "--dist", "loadscope")
# One more than there are cores: some always wait, for a browser, a server's start or a recovery. Each has a database
# of Valkey's sixteen.
MOST_PROCESSES: Final = 8


class NoBrowserError(Exception):
    """No browser was found, and none could be installed."""


def main(arguments: Sequence[str]) -> int:
    """Run the tests; returns pytest's exit code, 2 for too little coverage, 3 when there is no browser."""
    try:
        browser = find_browser() or install_browser()
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 3
    environment = {**os.environ, "HUSHDESK_BROWSER": browser, "HUSHDESK_BOOTSTRAP": "off"}
    asked = [argument for argument in arguments if argument != MEASURED]
    is_part = chooses(asked)
    # What is asked for comes last, so that it counts.
    command = asked if is_part else [*SPREAD, "-n", str(processes_for(os.cpu_count() or 1)), *asked]
    if MEASURED in arguments:
        return measured_run(command, environment, floor=0 if is_part else COVERAGE_FLOOR)
    return pytest(command, environment)


def pytest(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def measured_run(arguments: Sequence[str], environment: Mapping[str, str], *, floor: int) -> int:
    """Run tests with branch coverage of every Python process that they start, of which so many percent are wanted."""
    shutil.rmtree(COVERAGE_DATA, ignore_errors=True)
    COVERAGE_DATA.mkdir(parents=True)
    measured = {**environment, "COVERAGE_FILE": str(COVERAGE_DATA / "data")}
    configuration = str(ROOT / "tests" / "coveragerc")
    code = pytest(arguments, {**measured, "COVERAGE_PROCESS_START": configuration})
    reading = {**measured, "COVERAGE_RCFILE": configuration}
    subprocess.run([sys.executable, "-m", "coverage", "combine", "--quiet"], cwd=ROOT, env=reading, check=False)
    report = [sys.executable, "-m", "coverage", "report", f"--fail-under={floor}"]
    enough = subprocess.run(report, cwd=ROOT, env=reading, check=False).returncode
    return code or enough


def processes_for(cores: int) -> int:
    """How many processes run the tests."""
    return min(cores + 1, MOST_PROCESSES)


def chooses(arguments: Sequence[str]) -> bool:
    """Whether the arguments pick some of the tests, or none: then a coverage floor means nothing."""
    picking = ("-k", "-m", "--lf", "--last-failed", "--co", "--fixtures", "--markers", "-h", "--help", "--version")
    return any(
        argument.startswith(picking) or (not argument.startswith("-") and (ROOT / argument.partition("::")[0]).exists())
        for argument in arguments
    )


def find_browser() -> str | None:
    """HUSHDESK_BROWSER, a Chromium on this machine, or one that Playwright has installed; None if there is none."""
    if chosen := os.environ.get("HUSHDESK_BROWSER"):
        if shutil.which(chosen) is None:
            raise NoBrowserError(f"HUSHDESK_BROWSER is {chosen}, which is not a program.")
        return chosen
    for name in (*BROWSERS, *APPLICATION_BUNDLES):
        if found := shutil.which(name):
            return found
    return playwright_browser()


def playwright_browser() -> str | None:
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    except Error:
        return None
    return path if Path(path).exists() else None


def install_browser() -> str:
    """Install Chromium by what this machine offers: its package manager, else Playwright's download."""
    print("No Chromium on this machine; installing one (once, a minute).", file=sys.stderr, flush=True)
    attempts: list[list[list[str]]] = [[[sys.executable, "-m", "playwright", "install", "chromium"]]]
    if os.getuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "fonts-dejavu-core"]
        # Older releases have no package of the shell alone.
        attempts = [[["apt-get", "update", "-q"], [*install, SHELL]], [[*install, "chromium"]], *attempts]
    said = ""
    for commands in attempts:
        for command in commands:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )
            said += f"$ {' '.join(command)}\n{(done.stdout + done.stderr).strip()[-600:]}\n"
        if found := find_browser():
            return found
    raise NoBrowserError(
        f"{said}No browser could be installed. Install Chromium or Chrome, or set HUSHDESK_BROWSER to one."
    )
