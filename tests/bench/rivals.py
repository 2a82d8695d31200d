"""What other tools find on the same corpus, and how fast, in the same run: each in a scratch environment of its own.

Pattern modes only: no models are fetched. A tool that cannot be installed is said not to have run, and why.
"""

import json
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from tests.bench.corpus import Case

#: By name: what is installed.
RIVALS: Final = {"presidio": "presidio-analyzer", "datafog": "datafog", "scrubadub": "scrubadub"}
RUNNER: Final = Path(__file__).with_name("rival_runner.py")
INSTALL_S: Final = 600
RUN_S: Final = 900
_ADDRESS: Final = re.compile(r"\S*(?:://|/)\S*")

Found = list[tuple[int, int, int]]


class NotRunError(Exception):
    """The rival could not be installed or run; the message says why."""


def measure(
    cases: Sequence[Case],
    mix: Sequence[str],
    covered: Callable[[Case, Found], list[bool]],
    progress: Callable[[str], None],
) -> dict[str, dict[str, Any]]:
    """Per rival messages a second on `mix`, the share of spans covered, and of clean cases touched."""
    figures: dict[str, dict[str, Any]] = {}
    for name, package in RIVALS.items():
        progress(f"rival {name}: a scratch environment")
        try:
            figures[name] = _figures(cases, _answers(name, package, cases, mix), covered)
        except NotRunError as reason:
            figures[name] = {"not_run": str(reason)}
        progress(f"  {json.dumps(figures[name])}")
    return figures


def _answers(name: str, package: str, cases: Sequence[Case], mix: Sequence[str]) -> dict[str, Any]:
    work = {"rival": name, "cases": [[message.text for message in case.messages] for case in cases], "mix": list(mix)}
    with tempfile.TemporaryDirectory(prefix="rival-") as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package], "", INSTALL_S)
        answer = _run([python, str(RUNNER)], json.dumps(work), RUN_S)
    answers: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return answers


def _run(command: Sequence[str], stdin: str, timeout_s: int) -> str:
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise NotRunError(f"took more than {timeout_s} s") from None
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        raise NotRunError(f"exit {done.returncode}: {_ADDRESS.sub('…', last)[:160]}")
    return done.stdout


def _figures(
    cases: Sequence[Case], answers: dict[str, Any], covered: Callable[[Case, Found], list[bool]]
) -> dict[str, Any]:
    hits: dict[str, list[bool]] = {"plain": [], "disguised": []}
    wrong = clean = 0
    for case, spans in zip(cases, answers["found"], strict=True):
        found = [(msg, start, end) for msg, start, end in spans]
        hits["disguised" if case.disguise else "plain"] += covered(case, found)
        clean += not case.spans
        wrong += bool(found) and not case.spans
    whole = [*hits["plain"], *hits["disguised"]]
    return {
        "version": answers["version"],
        "messages_per_s": answers["messages_per_s"],
        "recall": round(sum(whole) / len(whole), 4),
        "recall_plain": round(sum(hits["plain"]) / len(hits["plain"]), 4),
        "recall_disguised": round(sum(hits["disguised"]) / max(1, len(hits["disguised"])), 4),
        "wrong": round(wrong / clean, 4),
    }


if __name__ == "__main__":
    sys.exit("run: manage.py bench masking --rivals")
