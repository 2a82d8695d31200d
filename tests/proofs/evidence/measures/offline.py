"""The one file an auditor takes along: it checks a pack without a package, a database or a network, and finds a lie."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from compliance.evidence.anchored import key_at
from compliance.verifier.one_file import one_file
from tests.proofs.evidence.scene import make_scene
from tests.proofs.gate.stage import Figures, Stage
from tests.support.progress import say

KEYS: Final = ("verified_offline",)
#: Whatever asks for a network, for another program or for a package ends the process: nothing of it is needed.
ALONE: Final = """
import runpy, sys
FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "urllib.", "http.", "sqlite3.")
def refuse(event, arguments):
    if event.startswith(FORBIDDEN) or (event == "import" and arguments[0] in {"django", "psycopg", "cryptography"}):
        raise SystemExit(f"asked for {event}")
sys.addaudithook(refuse)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def measure(stage: Stage) -> Figures:
    """Check a good pack, one with another byte, and one that another key has signed."""
    scene = make_scene(stage.folder, entries=300, seed=2)
    content, built = scene.build()
    key = key_at(scene.period.end, now=scene.period.end).public
    program, pack = stage.folder / "audit_verifier.py", stage.folder / "pack.zip"
    program.write_text(one_file())
    pack.write_bytes(content)
    answers = [_asked(program, pack, f"--key={key}"), _asked(program, pack, f"--key={'0' * 64}")]
    answers.append(_asked(program, pack, f"--key={key}", "--anchors", *map(str, scene.folder.files())))
    middle = len(content) // 2
    pack.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    answers.append(_asked(program, pack))
    for code, said in answers:
        say(f"alone: {code} {said}")
    codes = [code for code, _ in answers]
    return {"verified_offline": codes == [0, 1, 0, 1] and f"{built.entries} entries" in answers[0][1]}


def _asked(program: Path, *arguments: Path | str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, program, *arguments], capture_output=True, text=True, check=False,
        cwd=program.parent, env={},
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).strip()
