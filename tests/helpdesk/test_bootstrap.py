"""The first start on a bare Python, with a stand-in for pip: what it does about hashes, locks and failures."""

import fcntl
import json
import os
import subprocess
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

PIP_THAT_WORKS = """#!/bin/sh
echo "$@" >> "{calls}"
for n in 1 2 3 4 5 6 7 8 9 10; do echo "Collecting package-$n"; done
echo "Installing collected packages: package"
"""
HOLD_A_SECOND = """
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print(flush=True)
time.sleep(1)
"""
IS_HELD = """
import os, sys
wanted = os.stat(sys.argv[1]).st_ino
paths = [f"/dev/fd/{name}" for name in os.listdir("/dev/fd")]
sys.exit(0 if wanted in [os.stat(path).st_ino for path in paths if os.path.exists(path)] else 1)
"""
WITHOUT_PACKAGES = """
import sys
sys.path = [path for path in sys.path if "site-packages" not in path]
exec(open("helpdesk/bootstrap.py").read())
"""
PIP_WITHOUT_NETWORK = """#!/bin/sh
echo "WARNING: Retrying after NewConnectionError: Failed to establish a new connection"
echo "ERROR: No matching distribution found for django==5.2.19"
exit 1
"""


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = spec_from_file_location("bootstrap_under_test", ROOT / "helpdesk" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Clone:
    """A working copy whose environments come with a pip of the test's choice."""

    def __init__(self, root: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.calls = root / "pip-calls"
        self.pip = PIP_THAT_WORKS
        self.made = 0
        self.execs: list[list[str]] = []
        self.bootstrap = bootstrap
        (root / "tests").mkdir()
        (root / "requirements.txt").write_text("django==5.2.19 \\\n    --hash=sha256:00\n")
        (root / "tests" / "requirements.txt").write_text("pytest==9.2.0 \\\n    --hash=sha256:00\n")
        monkeypatch.delenv("HUSHDESK_BOOTSTRAP", raising=False)
        monkeypatch.setenv("HUSHDESK_STARTED", "")
        monkeypatch.setattr(bootstrap, "create", self.create)
        monkeypatch.setattr(bootstrap.os, "execv", lambda _python, argv: self.execs.append(argv))

    def create(self, environment: Path) -> None:
        self.made += 1
        program = environment / "bin" / "python"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(self.pip.format(calls=self.calls))
        program.chmod(0o755)

    def start(self, command: str = "demo") -> None:
        self.bootstrap.ensure(self.root, ["manage.py", command])

    def installs(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def clone(tmp_path: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Clone:
    return Clone(tmp_path, bootstrap, monkeypatch)


def test_the_first_start_installs_with_hashes_and_goes_on_in_the_environment(clone, capfd):
    clone.start()

    assert "--require-hashes" in clone.installs()[0]
    assert clone.execs == [[str(clone.root / ".venv" / "bin" / "python"), "manage.py", "demo"]]
    out, err = capfd.readouterr()
    assert out == ""
    assert "fetched 10" in err


def test_the_second_start_installs_nothing(clone):
    clone.start()
    clone.start()

    assert len(clone.installs()) == 1


def test_the_test_command_adds_the_tools_to_the_environment_that_is_there(clone):
    clone.start("demo")
    clone.start("test")
    clone.start("test")

    assert clone.made == 1
    assert len(clone.installs()) == 2
    assert "tests/requirements.txt" in clone.installs()[1]


def test_changed_pins_are_installed_into_the_environment_that_is_there(clone):
    clone.start()
    (clone.root / "requirements.txt").write_text("django==5.2.20 \\\n    --hash=sha256:11\n")
    clone.start()

    assert clone.made == 1
    assert len(clone.installs()) == 2


def test_an_interrupted_install_is_made_afresh(clone):
    clone.start()
    marker = clone.root / ".venv" / "hushdesk.json"
    marker.write_text(json.dumps({"installing": "requirements.txt"}))

    clone.start()

    assert clone.made == 2
    assert "installing" not in json.loads(marker.read_text())


def test_an_environment_whose_python_is_gone_is_made_afresh(clone):
    clone.start()
    (clone.root / ".venv" / "bin" / "python").unlink()

    clone.start()

    assert clone.made == 2


def test_without_network_the_error_says_so_and_the_next_start_tries_again(clone, capfd):
    clone.pip = PIP_WITHOUT_NETWORK
    with pytest.raises(SystemExit) as stopped:
        clone.start()

    assert stopped.value.code == 1
    assert "could not be reached" in capfd.readouterr().err
    clone.pip = PIP_THAT_WORKS
    clone.start()
    assert len(clone.installs()) == 1


def test_a_python_without_venv_is_told_what_to_install(bootstrap, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: None if name == "ensurepip" else object())

    with pytest.raises(SystemExit):
        bootstrap.create(tmp_path / ".venv")

    assert "python3-venv" in capfd.readouterr().err


def test_a_directory_that_may_not_be_written_is_named(clone, monkeypatch, capfd):
    def refuse(_lock):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(clone.bootstrap, "only_one", refuse)

    with pytest.raises(SystemExit):
        clone.start()

    assert "may not write" in capfd.readouterr().err


def test_of_two_that_start_at_once_one_waits(bootstrap, tmp_path, capfd):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_A_SECOND, str(tmp_path / "lock")],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    began = time.monotonic()

    with bootstrap.only_one(tmp_path / "lock"):
        waited_s = time.monotonic() - began

    assert waited_s > 0.5
    assert "waiting for it" in capfd.readouterr().err
    holder.wait()


def test_a_pip_whose_parent_was_killed_still_holds_the_lock(bootstrap, tmp_path):
    environment = tmp_path / ".venv"
    program = environment / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\n"{sys.executable}" "{tmp_path}/probe.py" "{tmp_path}/lock"\n')
    program.chmod(0o755)
    (tmp_path / "probe.py").write_text(IS_HELD)

    with bootstrap.only_one(tmp_path / "lock") as lock:
        bootstrap.run_pip(environment, [], lock)


def test_in_a_container_nothing_is_installed(clone, monkeypatch):
    monkeypatch.setenv("HUSHDESK_BOOTSTRAP", "off")

    clone.start()

    assert clone.installs() == []
    assert clone.execs == []


def test_the_start_is_remembered_across_the_change_of_interpreter(clone):
    clone.start()
    first = os.environ["HUSHDESK_STARTED"]
    clone.start()

    assert os.environ["HUSHDESK_STARTED"] == first
    assert first.startswith(f"{os.getpid()} ")


def without_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set first, so that the variable is gone again afterwards if it was not there before."""
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX")


def test_where_no_bytecode_may_lie_beside_the_sources_it_is_kept_in_the_environment(clone, monkeypatch):
    monkeypatch.setattr(clone.bootstrap.sys, "dont_write_bytecode", True)
    monkeypatch.setattr(clone.bootstrap.sys, "pycache_prefix", None)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    without_prefix(monkeypatch)

    clone.start()

    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
    assert os.environ["PYTHONPYCACHEPREFIX"] == sys.pycache_prefix == str(clone.root / ".venv" / "bytecode")
    assert sys.dont_write_bytecode is False


def test_who_keeps_bytecode_beside_the_sources_goes_on_doing_so(clone, monkeypatch):
    monkeypatch.setattr(clone.bootstrap.sys, "dont_write_bytecode", False)
    without_prefix(monkeypatch)

    clone.start()

    assert "PYTHONPYCACHEPREFIX" not in os.environ


def test_a_ready_environment_costs_under_50_ms(clone):
    clone.start("test")
    began = time.process_time()

    clone.bootstrap.is_complete(clone.root / ".venv", clone.bootstrap.fingerprints(ROOT, ["manage.py", "test"]))

    # Of a processor's time: what else the machine does is none of its cost.
    assert time.process_time() - began < 0.05


def test_an_old_python_is_told_which_one_is_needed():
    pretend = "import sys, runpy; sys.version_info = (3, 9, 18); runpy.run_path('manage.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.strip() == "Hushdesk needs Python 3.11 or newer; this is Python 3.9."


def test_bootstrap_needs_the_standard_library_only():
    command = [sys.executable, "-S", "-c", WITHOUT_PACKAGES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_lock_is_free_again_afterwards(clone):
    clone.start()

    with (clone.root / ".venv.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
